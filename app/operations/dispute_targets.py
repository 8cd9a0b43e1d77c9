"""What is disputed: whether it is there, which area it is about, and who recorded it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.database import ReadSession, WriteSession
from app.domain.commitments import LONDON_CODE
from app.domain.disputes import COMMITMENT, TargetKind
from app.domain.events import EventStatus
from app.domain.identity import Caller
from app.errors import (
    InvalidRequestError,
    NotFoundError,
    NothingToDisputeError,
    UnknownCommitmentError,
)
from app.models.disputes import Dispute
from app.models.events import CommunityEvent, EventRecord, EventWard
from app.models.priorities import Outcome, Priority, PrioritySet
from app.operations.wards import get_borough, get_ward
from app.schemas.disputes import CommitmentStatusTargetIn, EventRecordTargetIn, TargetIn

Session = ReadSession | WriteSession
CommitmentCheck = Callable[[Session, str, str, date], Awaitable[bool]]
"""Says whether a commitment (code) has a status in an area (GSS code) on a day."""
BOROUGH = "E09"


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that can be disputed, and the area that it is about."""

    kind: str
    id: str
    borough_code: str | None
    ward_code: str | None
    as_of: date | None = None

    @property
    def area_code(self) -> str:
        """The ward, or without one the borough, or without either London."""
        return self.ward_code or self.borough_code or LONDON_CODE


async def fits_the_pattern(session: Session, code: str, area_code: str, as_of: date) -> bool:
    """Whether a code is written as commitments are; where no register is asked."""
    del session, area_code, as_of
    return COMMITMENT.fullmatch(code) is not None


async def find_subject(
    session: Session, target: TargetIn, *, today: date, knows: CommitmentCheck
) -> Subject:
    """Return what a target names, or raise if it is not there or says nothing to dispute yet."""
    if isinstance(target, CommitmentStatusTargetIn):
        return await _find_commitment(session, target, today=today, knows=knows)
    if isinstance(target, EventRecordTargetIn):
        return await _find_record(session, target.id)
    return await _find_outcome(session, target.id)


async def _find_outcome(session: Session, priority_id: UUID) -> Subject:
    statement = (
        select(PrioritySet.ward_code, Outcome.id)
        .join(Priority, Priority.set_id == PrioritySet.id)
        .outerjoin(Outcome, Outcome.priority_id == Priority.id)
        .where(Priority.id == priority_id)
        .limit(1)
    )
    found = (await session.execute(statement)).first()
    if found is None:
        raise NotFoundError("priority", priority_id)
    if found.id is None:
        raise NothingToDisputeError("Nobody has said yet how this priority ended.")
    ward = await get_ward(session, found.ward_code)
    kind = TargetKind.PRIORITY_OUTCOME.value
    return Subject(kind, str(priority_id), ward.borough_code, ward.code)


async def _find_record(session: Session, event_id: UUID) -> Subject:
    statement = (
        select(CommunityEvent)
        .where(CommunityEvent.id == event_id, CommunityEvent.status != EventStatus.DRAFT)
        .options(selectinload(CommunityEvent.wards), selectinload(CommunityEvent.record))
    )
    event = (await session.scalars(statement)).first()
    if event is None:
        raise NotFoundError("event", event_id)
    if event.record is None:
        raise NothingToDisputeError("Nobody has recorded yet what happened at this event.")
    codes = [link.ward_code for link in event.wards]
    ward = codes[0] if len(codes) == 1 else None
    return Subject(TargetKind.EVENT_RECORD.value, str(event_id), event.borough_code, ward)


async def _find_commitment(
    session: Session, target: CommitmentStatusTargetIn, *, today: date, knows: CommitmentCheck
) -> Subject:
    if target.as_of > today:
        raise InvalidRequestError("That day has not come yet.", pointer="/target/as_of")
    borough: str | None = None
    ward: str | None = None
    if target.area_code.startswith(BOROUGH):
        borough = (await get_borough(session, target.area_code)).code
    elif target.area_code != LONDON_CODE:
        found = await get_ward(session, target.area_code)
        borough, ward = found.borough_code, found.code
    if not await knows(session, target.id, target.area_code, target.as_of):
        raise UnknownCommitmentError(
            f"There is no commitment {target.id} with a status there.", pointer="/target/id"
        )
    return Subject(target.kind.value, target.id, borough, ward, target.as_of)


async def reaches_dispute(session: Session, caller: Caller, dispute: Dispute) -> bool:
    """Whether a caller may act where a dispute belongs; for an event, in one of its wards."""
    borough = dispute.borough_code
    if caller.reaches(borough_code=borough, ward_code=dispute.ward_code):
        return True
    if dispute.target_kind != TargetKind.EVENT_RECORD or not caller.wards:
        return False
    served = select(EventWard.ward_code).where(EventWard.event_id == UUID(dispute.target_id))
    return not caller.wards.isdisjoint(await session.scalars(served))


async def recorders_of(session: Session, dispute: Dispute) -> set[str]:
    """Return the subjects of everyone who recorded what is disputed."""
    if dispute.target_kind == TargetKind.PRIORITY_OUTCOME:
        recorded = select(Outcome.recorded_by).where(Outcome.priority_id == UUID(dispute.target_id))
    elif dispute.target_kind == TargetKind.EVENT_RECORD:
        recorded = select(EventRecord.recorded_by).where(
            EventRecord.event_id == UUID(dispute.target_id)
        )
    else:
        return set()
    return set(await session.scalars(recorded))
