"""Recorded crime in the shapes that cross the wire, and as a table."""

from dataclasses import asdict
from typing import Any

from fastapi import Response

from app.domain.crime import MINIMUM_BASE, SOURCE_NAMES, WHOLE, name_missing
from app.domain.crime_findings import NO_MONTHS, Comparison, Finding, describe_residents
from app.domain.crime_months import METHOD as MONTHS_METHOD
from app.domain.crime_rates import CHANGE_METHOD, RATE_METHOD, Estimate
from app.models.sources import SourceCopy
from app.operations.crime_categories import ConcernOnCrime
from app.operations.crime_evidence import Account, BoroughAccount, WardAccount
from app.operations.crime_store import FICTIONAL
from app.representations import csv_response
from app.schemas.crime import (
    BoroughCrimeOut,
    ConcernCrimeOut,
    CrimeCategoryOut,
    WardCrimeOut,
)

DECIMALS = 3
CSV_HEADER = ["area_code", "source", "month", "category", "subcategory", "count", "unusual"]


def ward_crime_out(found: WardAccount) -> WardCrimeOut:
    """Return a ward's recorded crime."""
    kinds = [
        {**_kind(finding), "borough": _comparison(finding.borough, "ratio")}
        for finding in found.account.findings
    ]
    facts = {"ward": found.ward, "borough": found.borough, "kinds": kinds}
    return WardCrimeOut.model_validate({**_facts(found.account), **facts})


def borough_crime_out(found: BoroughAccount) -> BoroughCrimeOut:
    """Return a borough's recorded crime."""
    kinds = list(map(_kind, found.account.findings))
    facts = {
        **_facts(found.account),
        "borough": found.borough,
        "wards": found.wards,
        "missing_wards": found.missing,
        "kinds": kinds,
    }
    if found.missing:
        facts["note"] = name_missing(found.missing, found.wards_in_force)
    return BoroughCrimeOut.model_validate(facts)


def as_csv(area_code: str, account: Account) -> Response:
    """Return the months of every kind as a table; the count of a gap is empty."""
    rows = [
        [area_code, account.source.value, month.month, *finding.kind, month.count, month.unusual]
        for finding in account.findings
        for month in finding.months
    ]
    return csv_response(f"crime-{area_code}", CSV_HEADER, rows)


def category_out(category: Any, parts: list[Any]) -> CrimeCategoryOut:
    """Return a category with its parts."""
    return CrimeCategoryOut.model_validate(
        {
            "source": category.source,
            "slug": category.category,
            "label": category.label,
            "subcategories": [{"slug": p.subcategory, "label": p.label} for p in parts],
        }
    )


def concern_out(found: ConcernOnCrime) -> ConcernCrimeOut:
    """Return a concern with what each source says about it."""
    sources = [
        {
            "source": said.source,
            "kinds": [{"category": c, "subcategory": s or None} for c, s in said.kinds],
            "gap": said.gap,
        }
        for said in found.sources
    ]
    return ConcernCrimeOut.model_validate(
        {
            "concern": found.concern.slug,
            "label": found.concern.label,
            "trend_from": found.trend_from,
            "sources": sources,
        }
    )


def _facts(account: Account) -> dict[str, Any]:
    said, warning = describe_residents(account.residents, account.denominator)
    people, measured = account.residents, account.denominator
    year = account.year
    return {
        "source": account.source.value,
        "source_name": SOURCE_NAMES[account.source],
        "months": account.months,
        "missing_months": account.missing,
        "latest_year": None if year is None else {"from_": year[0], "to": year[1]},
        "residents": {
            "count": None if people is None else people.count,
            "census_on": None if people is None else people.census_on,
            "said": said,
            "offences_per_resident": measured and round(measured.per_resident, DECIMALS),
            "fence": measured and round(measured.fence, DECIMALS),
            "fence_note": account.denominator_note,
            "warning": warning,
        },
        "note": None if account.findings else NO_MONTHS,
        "methods": {
            "rate": RATE_METHOD,
            "change": CHANGE_METHOD,
            "unusual": MONTHS_METHOD,
            "minimum_base": MINIMUM_BASE,
        },
        "provenance": list(map(_copy, account.copies)),
    }


def _kind(finding: Finding) -> dict[str, Any]:
    category, subcategory = finding.kind
    return {
        "category": category,
        "subcategory": None if subcategory == WHOLE else subcategory,
        "label": finding.label,
        "months": [asdict(month) for month in finding.months],
        "months_note": finding.months_note,
        "latest": finding.latest,
        "rate": _estimate(finding.rate),
        "rate_note": finding.rate_note,
        "change": _comparison(finding.change, "percent"),
    }


def _comparison(found: Comparison | None, name: str) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "count": found.count,
        "base": found.base,
        name: _estimate(found.estimate),
        "clear": found.clear,
        "note": found.note,
    }


def _estimate(found: Estimate | None) -> dict[str, float | None] | None:
    if found is None:
        return None
    high = None if found.high is None else round(found.high, DECIMALS)
    return {"value": round(found.value, DECIMALS), "low": round(found.low, DECIMALS), "high": high}


def _copy(copy: SourceCopy) -> dict[str, Any]:
    named = ("source", "url", "licence", "retrieved_at", "sha256")
    facts = {name: getattr(copy, name) for name in named}
    return {**facts, "fictional": copy.source == FICTIONAL}
