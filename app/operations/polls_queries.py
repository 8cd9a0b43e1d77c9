"""Rounds and polls to be read: who may see which, and in which state the clock puts them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select, true, tuple_
from sqlalchemy.orm import selectinload

from app.database import ReadSession, WriteSession
from app.domain.disclosure import Disclosure, coarse_turnout
from app.domain.identity import OVERSEERS, TEAM, Caller
from app.domain.polls import WITH_RESULT, PollStatus, effective_status
from app.errors import NotFoundError
from app.models.polls import Poll, PollResult, Round
from app.models.wards import Borough, Ward
from app.operations.log_queries import find_turnouts
from app.pagination import Key, Page, PageRequest, fetch_page
from app.schemas.polls import OptionOut, PollOut, RoundOut, RoundRefOut, TurnoutOut
from app.schemas.wards import AreaOut

Session = ReadSession | WriteSession
WITH_PARTS = (selectinload(Poll.options), selectinload(Poll.round))


@dataclass(frozen=True, slots=True)
class PollFilter:
    """Which polls are wanted; `None` asks for any."""

    ward_code: str | None = None
    borough_code: str | None = None
    round_id: UUID | None = None
    status: PollStatus | None = None


async def get_round(session: Session, round_id: UUID) -> Round:
    """Return one round."""
    found = await session.get(Round, round_id)
    if found is None:
        raise NotFoundError("round", round_id)
    return found


async def list_rounds(session: ReadSession, page: PageRequest) -> Page[Round]:
    """Return the rounds, newest first."""
    return await fetch_page(session, select(Round), page, [Key.uuid(Round.id)], descending=True)


async def get_poll(session: Session, caller: Caller | None, poll_id: UUID) -> Poll:
    """Return one poll with its options and round, if the caller may see it."""
    statement = select(Poll).where(Poll.id == poll_id, visible_to(caller)).options(*WITH_PARTS)
    poll = (await session.scalars(statement)).first()
    if poll is None:
        raise NotFoundError("poll", poll_id)
    return poll


async def get_manifest(session: ReadSession, poll_id: UUID) -> dict[str, Any]:
    """Return what was frozen when a poll was scheduled."""
    found = await session.scalar(select(Poll.manifest).where(Poll.id == poll_id))
    manifest: dict[str, Any] | None = found
    if manifest is None:
        raise NotFoundError("manifest of poll", poll_id)
    return manifest


async def list_polls(
    session: ReadSession,
    caller: Caller | None,
    page: PageRequest,
    *,
    wanted: PollFilter,
    at: datetime,
) -> Page[Poll]:
    """Return the polls that a caller may see, newest first, by the status they have then."""
    statement = select(Poll).join(Poll.round).where(visible_to(caller)).options(*WITH_PARTS)
    for column, value in (
        (Poll.ward_code, wanted.ward_code),
        (Poll.borough_code, wanted.borough_code),
        (Poll.round_id, wanted.round_id),
    ):
        if value is not None:
            statement = statement.where(column == value)
    if wanted.status is not None:
        statement = statement.where(has_status(wanted.status, at))
    return await fetch_page(session, statement, page, [Key.uuid(Poll.id)], descending=True)


async def open_polls_of(session: Session, ward_code: str, now: datetime) -> list[Poll]:
    """Return the polls that a ward's residents can vote in, with options and round."""
    statement = (
        select(Poll)
        .join(Poll.round)
        .where(Poll.ward_code == ward_code, has_status(PollStatus.OPEN, now))
        .options(*WITH_PARTS)
    )
    return list(await session.scalars(statement))


async def any_poll_open(session: Session, now: datetime) -> bool:
    """Whether any poll is open, or opened by two people to begin later."""
    opened = (Poll.status == PollStatus.OPEN) & (Round.closes_at > now)
    found = select(Poll.id).join(Poll.round).where(opened).limit(1)
    return (await session.scalars(found)).first() is not None


def visible_to(caller: Caller | None) -> ColumnElement[bool]:
    """Return the condition under which a caller may see a poll: announced, or in their own area."""
    announced = Poll.manifest_sha256.is_not(None)
    if caller is None or caller.role not in TEAM | OVERSEERS:
        return announced
    if caller.role in OVERSEERS:
        return true()
    return or_(announced, Poll.borough_code.in_(caller.boroughs), Poll.ward_code.in_(caller.wards))


def has_status(status: PollStatus, at: datetime) -> ColumnElement[bool]:
    """Return the condition that a poll, joined with its round, has this status at an instant."""
    stored, opened = Poll.status == status, Poll.status == PollStatus.OPEN
    match status:
        case PollStatus.SCHEDULED:
            return or_(stored, and_(opened, Round.opens_at > at))
        case PollStatus.OPEN:
            return and_(stored, Round.opens_at <= at, Round.closes_at > at)
        case PollStatus.CLOSED:
            return or_(stored, and_(opened, Round.closes_at <= at))
        case _:
            return stored


def status_of(poll: Poll, at: datetime) -> PollStatus:
    """Return the status of a poll, its round loaded, at an instant."""
    opens_at, closes_at = poll.round.opens_at, poll.round.closes_at
    return effective_status(poll.status, opens_at=opens_at, closes_at=closes_at, at=at)


def show_round(found: Round, *, at: datetime) -> RoundOut:
    """Return a round in the shape that crosses the wire."""
    by_clock = effective_status(
        PollStatus.OPEN, opens_at=found.opens_at, closes_at=found.closes_at, at=at
    )
    return RoundOut(
        id=found.id,
        title=found.title,
        borough=found.borough_code,
        opens_at=found.opens_at,
        closes_at=found.closes_at,
        status=by_clock,
        min_level=found.min_level,
        seal_public_key=found.seal_public_key.hex(),
        keys_destroyed_at=found.keys_destroyed_at,
        created_at=found.created_at,
        updated_at=found.updated_at,
        version=found.version,
    )


async def show_polls(session: Session, polls: Sequence[Poll], *, at: datetime) -> list[PollOut]:
    """Return polls, options and round loaded, in the shape that crosses the wire."""
    places = await _places(session, polls)
    turnouts = await _turnouts(session, polls)
    return [
        PollOut.model_validate(
            {
                **{name: getattr(poll, name) for name in _POLL_FIELDS},
                "round": RoundRefOut.model_validate(poll.round),
                "ward": places[poll.edition_id, poll.ward_code][0],
                "borough": places[poll.edition_id, poll.ward_code][1],
                "boundary_edition": poll.edition_id,
                "status": status_of(poll, at),
                "awaits_second_person": poll.status == PollStatus.SCHEDULED,
                "opens_at": poll.round.opens_at,
                "closes_at": poll.round.closes_at,
                "min_level": poll.round.min_level,
                "options": [OptionOut.model_validate(option) for option in poll.options],
                "option_order": "shuffle per voter",
                "turnout": turnouts[poll.id],
            }
        )
        for poll in polls
    ]


_POLL_FIELDS = (
    *("id", "question", "seats", "rule", "status_reason", "manifest_sha256", "version"),
    *("closed_at", "counted_at", "published_at", "created_at", "updated_at"),
)


async def _places(
    session: Session, polls: Sequence[Poll]
) -> dict[tuple[UUID, str], tuple[AreaOut, AreaOut]]:
    keys = {(poll.edition_id, poll.ward_code) for poll in polls}
    wanted = tuple_(Ward.edition_id, Ward.code).in_(keys) if keys else false()
    rows = await session.execute(
        select(Ward.edition_id, Ward.code, Ward.name, Borough.code, Borough.name)
        .join(Borough, Borough.code == Ward.borough_code)
        .where(wanted)
    )
    return {
        (edition, code): (AreaOut(code=code, name=name), AreaOut(code=borough, name=borough_name))
        for edition, code, name, borough, borough_name in rows
    }


async def _turnouts(session: Session, polls: Sequence[Poll]) -> dict[UUID, TurnoutOut]:
    """Return what may be told of each turnout: tens of the last head, until a result tells more."""
    counted = {poll.id for poll in polls if poll.status in WITH_RESULT}
    told = {poll.id for poll in polls if poll.status == PollStatus.PUBLISHED}
    headed = await find_turnouts(session, [p.id for p in polls if p.id not in counted])
    turnouts = {poll.id: TurnoutOut(at_least=headed.get(poll.id, 0), exact=None) for poll in polls}
    columns = (PollResult.poll_id, PollResult.ballots, PollResult.count["disclosure"].as_string())
    for poll_id, ballots, disclosure in await session.execute(
        select(*columns).where(PollResult.poll_id.in_(counted))
    ):
        exact = poll_id in told and disclosure == Disclosure.EXACT
        turnouts[poll_id] = TurnoutOut(
            at_least=coarse_turnout(ballots), exact=ballots if exact else None
        )
    return turnouts
