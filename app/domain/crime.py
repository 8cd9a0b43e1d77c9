"""Recorded crime of an area by month: the sources, which months are known, and what to sum."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.domain.evidence import YEAR_MONTHS, month_number, month_text

MINIMUM_BASE = 10
"""With fewer offences than this to compare with, one offence moves a percentage by over 10
points: the answer then says "too few to compare" and gives none."""

NAMED = 5
"""At most this many missing wards are named in a sentence."""

WHOLE = ""
"""The subcategory that stands for a whole category."""

ALL = "all"
"""The category that stands for everything a source counts."""


class CrimeSource(StrEnum):
    """Who counted, in the order in which they are believed."""

    MPS = "mps"
    POLICE_UK = "police_uk"


SOURCE_NAMES = {
    CrimeSource.MPS: "Metropolitan Police Service, ward level crime",
    CrimeSource.POLICE_UK: "data.police.uk, street level crime",
}

Kind = tuple[str, str]
"""A category and a subcategory."""

Counts = Mapping[int, Mapping[Kind, int]]
"""By month number, what was counted of each kind; a month that is missing is not known."""


@dataclass(frozen=True, slots=True)
class Span:
    """Twelve months, both ends included, as month numbers."""

    first: int
    last: int

    @property
    def months(self) -> range:
        """Every month of the span."""
        return range(self.first, self.last + 1)

    def earlier(self) -> "Span":
        """Return the same months a year before."""
        return Span(self.first - YEAR_MONTHS, self.last - YEAR_MONTHS)


def sum_kind(kinds: Mapping[Kind, int], wanted: Kind) -> int:
    """Return what one known month holds of a kind: 0 where the source lists none of it."""
    category, subcategory = wanted
    if category == ALL:
        return sum(kinds.values())
    if subcategory != WHOLE:
        return kinds.get(wanted, 0)
    return sum(count for (named, _), count in kinds.items() if named == category)


def series_of(counts: Counts, wanted: Kind, months: Iterable[int]) -> list[int | None]:
    """Return a kind's count in each month, `None` where nothing is known of the month."""
    return [sum_kind(counts[month], wanted) if month in counts else None for month in months]


def total_of(counts: Counts, wanted: Kind, span: Span) -> int | None:
    """Return the sum over a span, `None` unless every month of it is known."""
    found = series_of(counts, wanted, span.months)
    return None if None in found else sum(count for count in found if count is not None)


def latest_year(months: Iterable[int]) -> Span | None:
    """Return the twelve months up to the latest one that is known."""
    last = max(months, default=None)
    return None if last is None else Span(last - YEAR_MONTHS + 1, last)


def all_months(months: Iterable[int]) -> list[int]:
    """Return every month from the first to the last known one, gaps among them."""
    known = set(months)
    return list(range(min(known), max(known) + 1)) if known else []


def add_wards(wards: Mapping[str, Counts], codes: Collection[str]) -> dict[int, dict[Kind, int]]:
    """Return the counts of these wards together, in the months that are known for all of them.

    Nothing where one of them has no counts: a sum without it is not that of the area.
    """
    if not codes or not wards.keys() >= set(codes):
        return {}
    known = set.intersection(*(set(wards[code]) for code in codes))
    together: dict[int, dict[Kind, int]] = {month: {} for month in known}
    for code in codes:
        for month in known:
            kinds = together[month]
            for kind, count in wards[code][month].items():
                kinds[kind] = kinds.get(kind, 0) + count
    return together


def kinds_in(counts: Counts, category: str | None) -> list[Kind]:
    """Return what to show: all and each category, or one category and its subcategories."""
    found = {kind for kinds in counts.values() for kind in kinds}
    if category is None:
        return [(ALL, WHOLE), *sorted({(named, WHOLE) for named, _ in found})]
    if category == ALL:
        return [(ALL, WHOLE)]
    return [(category, WHOLE), *sorted(k for k in found if k[0] == category and k[1] != WHOLE)]


def month_texts(months: Sequence[int]) -> list[str]:
    """Return months as `YYYY-MM`."""
    return [month_text(month) for month in months]


def name_missing(missing: Collection[str], wards: int) -> str:
    """Say how many of an area's wards are counted, and which are not."""
    listed = sorted(missing)
    more = f" and {len(listed) - NAMED} more" if len(listed) > NAMED else ""
    counted = f"{wards - len(listed)} of {wards} wards are counted"
    return f"{counted}; missing: {', '.join(listed[:NAMED])}{more}."


def within(months: Iterable[int], first: str | None, last: str | None) -> list[int]:
    """Return the months from the first to the last asked for, both included."""
    return [
        month
        for month in months
        if (first is None or month >= month_number(first))
        and (last is None or month <= month_number(last))
    ]
