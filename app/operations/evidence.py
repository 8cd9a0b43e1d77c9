"""Evidence: findings about a ward or borough, kept with their provenance and never edited."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from app.database import ReadSession, WriteSession
from app.domain.evidence import EvidenceKind, MonthlyCount, require_coherent
from app.domain.identity import Caller
from app.errors import InvalidRequestError, Mistake, NotFoundError, UnknownConcernError
from app.models.evidence import Evidence
from app.models.priorities import Concern
from app.operations import audit
from app.operations.wards import get_borough, get_ward
from app.pagination import Key, Page, PageRequest, fetch_page
from app.schemas.evidence import EvidenceIn

Session = ReadSession | WriteSession


async def submit_evidence(
    session: WriteSession, caller: Caller, *, evidence: EvidenceIn, now: datetime
) -> Evidence:
    """Keep a finding about an area the caller may speak for; returns it.

    Raises `UnknownConcernError` and `IncoherentEvidenceError`, naming every mistake.
    """
    await _require_area(session, evidence.borough_code, evidence.ward_code)
    caller.require_territory(borough_code=evidence.borough_code, ward_code=evidence.ward_code)
    series = monthly_counts(evidence)
    require_coherent(
        evidence.kind,
        (evidence.period_from, evidence.period_to),
        series,
        retrieved_at=evidence.source.retrieved_at,
        now=now,
    )
    await _require_concerns(session, evidence.mentions, series or ())
    row = _row(evidence, caller, now)
    session.add(row)
    await session.flush()
    audit.record(
        session,
        caller,
        "submit_evidence",
        ("evidence", row.id),
        now=now,
        borough_code=row.borough_code,
        ward_code=row.ward_code,
        detail={"kind": row.kind, "source": row.source_name, "mentions": row.mentions},
    )
    return row


def monthly_counts(evidence: EvidenceIn) -> list[MonthlyCount] | None:
    """Return the monthly counts of a submission, if it has any."""
    if evidence.series is None:
        return None
    return [MonthlyCount(row.month, row.concern, row.count) for row in evidence.series]


def _row(evidence: EvidenceIn, caller: Caller, now: datetime) -> Evidence:
    series = evidence.series
    return Evidence(
        kind=evidence.kind.value,
        borough_code=evidence.borough_code,
        ward_code=evidence.ward_code,
        period_from=evidence.period_from,
        period_to=evidence.period_to,
        summary=evidence.summary,
        mentions=dict(evidence.mentions),
        series=None if series is None else [row.model_dump() for row in series],
        source_name=evidence.source.name,
        source_url=evidence.source.url,
        licence=evidence.source.licence,
        retrieved_at=evidence.source.retrieved_at,
        recorded_at=now,
        recorded_by=caller.subject,
    )


async def _require_area(session: WriteSession, borough_code: str, ward_code: str | None) -> None:
    if ward_code is None:
        await get_borough(session, borough_code)
        return
    ward = await get_ward(session, ward_code)
    if ward.borough_code != borough_code:
        raise InvalidRequestError(
            f"{ward_code} is a ward of {ward.borough_code}.", pointer="/borough_code"
        )


async def _require_concerns(
    session: WriteSession, mentions: Iterable[str], series: Iterable[MonthlyCount]
) -> None:
    known = set(await session.scalars(select(Concern.slug)))
    places = {f"/mentions/{concern}": concern for concern in mentions}
    places |= {f"/series/{place}/concern": row.concern for place, row in enumerate(series)}
    mistakes = [
        Mistake(place, f"There is no concern {concern!r}; see /v1/concerns.")
        for place, concern in places.items()
        if concern not in known
    ]
    if mistakes:
        raise UnknownConcernError(mistakes[0].message, mistakes=mistakes)


async def get_evidence(session: Session, evidence_id: UUID) -> Evidence:
    """Return one finding."""
    found = await session.get(Evidence, evidence_id)
    if found is None:
        raise NotFoundError("evidence", evidence_id)
    return found


async def list_ward_evidence(
    session: Session,
    ward_code: str,
    page: PageRequest,
    *,
    kind: EvidenceKind | None,
    since: date | None,
) -> Page[Evidence]:
    """Return the findings about a ward and about its whole borough, the latest days first."""
    ward = await get_ward(session, ward_code)
    statement = select(Evidence).where(bears_on(ward_code, ward.borough_code))
    if kind is not None:
        statement = statement.where(Evidence.kind == kind)
    if since is not None:
        statement = statement.where(Evidence.period_to >= since)
    keys = [Key.day(Evidence.period_to), Key.uuid(Evidence.id)]
    return await fetch_page(session, statement, page, keys, descending=True)


def bears_on(ward_code: str, borough_code: str) -> ColumnElement[bool]:
    """Return the condition that a finding is about the ward, or about its whole borough."""
    whole_borough = (Evidence.borough_code == borough_code) & Evidence.ward_code.is_(None)
    return or_(Evidence.ward_code == ward_code, whole_borough)
