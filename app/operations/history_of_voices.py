"""Feeds of a ward's history about who had a say: polls and results, events, evidence.

Of a poll no more is told than its result page tells; drafts of polls and events are never told.
"""

from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import defer, selectinload

from app.domain.english import count, day, listed, ordinal
from app.domain.events import EventStatus, london_day
from app.domain.polls import PollStatus
from app.domain.ward_history import HistoryEntry, HistoryKind
from app.models.events import CommunityEvent, EventRecord, EventWard
from app.models.evidence import Evidence
from app.models.polls import Poll, PollResult, Round
from app.models.wards import Ward
from app.operations.evidence import bears_on
from app.operations.history_windows import Question, newest
from app.operations.refresh_polls import describe_poll

ANNOUNCED = (PollStatus.OPEN, PollStatus.CLOSED, PollStatus.COUNTED, PollStatus.PUBLISHED)
EVENT_KINDS = {
    EventStatus.HELD: HistoryKind.EVENT_HELD,
    EventStatus.NOT_HELD: HistoryKind.EVENT_NOT_HELD,
    EventStatus.CANCELLED: HistoryKind.EVENT_CANCELLED,
}


async def read_polls_opened(question: Question) -> list[HistoryEntry]:
    """Return the polls that opened."""
    rows = await question.session.execute(
        newest(_polls(question), question, Round.opens_at, Poll.id)
    )
    return [
        HistoryEntry(
            HistoryKind.POLL_OPENED,
            row.opens_at,
            str(row.id),
            f"A ward poll opened, {_asks(row)}: {row.question}",
            f"/v1/polls/{row.id}",
        )
        for row in rows
    ]


def _asks(row: Any) -> str:
    return f"until {day(london_day(row.closes_at))} and for {count(row.seats, 'place')}"


async def read_polls_closed(question: Question) -> list[HistoryEntry]:
    """Return the polls that closed."""
    rows = await question.session.execute(
        newest(_polls(question), question, Round.closes_at, Poll.id)
    )
    return [
        HistoryEntry(
            HistoryKind.POLL_CLOSED,
            row.closes_at,
            str(row.id),
            f"The ward poll closed: {row.question}",
            f"/v1/polls/{row.id}",
        )
        for row in rows
    ]


def _polls(question: Question) -> Select[*tuple[Any, ...]]:
    return (
        select(Poll.id, Poll.question, Poll.seats, Round.opens_at, Round.closes_at)
        .join(Round, Round.id == Poll.round_id)
        .where(Poll.ward_code == question.ward.code, Poll.status.in_(ANNOUNCED))
    )


async def read_polls_cancelled(question: Question) -> list[HistoryEntry]:
    """Return the announced polls that were cancelled, and why."""
    statement = select(Poll.id, Poll.updated_at, Poll.question, Poll.status_reason).where(
        Poll.ward_code == question.ward.code,
        Poll.status == PollStatus.CANCELLED,
        Poll.manifest_sha256.is_not(None),
    )
    rows = await question.session.execute(newest(statement, question, Poll.updated_at, Poll.id))
    return [
        HistoryEntry(
            HistoryKind.POLL_CANCELLED,
            row.updated_at,
            str(row.id),
            f"The ward poll was cancelled: {row.status_reason or row.question}",
            f"/v1/polls/{row.id}",
        )
        for row in rows
    ]


async def read_results(question: Question) -> list[HistoryEntry]:
    """Return the published results, each as far as it may be told."""
    statement = (
        select(Poll, PollResult)
        .join(PollResult, PollResult.poll_id == Poll.id)
        .where(Poll.ward_code == question.ward.code, Poll.status == PollStatus.PUBLISHED)
        .options(selectinload(Poll.options), defer(PollResult.profile))
    )
    rows = await question.session.execute(newest(statement, question, Poll.published_at, Poll.id))
    return [_result(question, poll, result) for poll, result in rows if poll.published_at]


def _result(question: Question, poll: Poll, result: PollResult) -> HistoryEntry:
    finding = describe_poll(poll, result)
    if finding.turnout is None:
        told = "fewer than 10 ballots, so nothing more is told"
    else:
        about = "" if finding.is_exact else "about "
        ranked = (
            f"{ordinal(place)} {question.label(concern)}"
            for place, concern in enumerate(finding.chosen, 1)
        )
        told = f"{listed(ranked)}; {about}{count(finding.turnout, 'ballot')}"
    return HistoryEntry(
        HistoryKind.POLL_RESULT,
        poll.published_at or result.counted_at,
        str(poll.id),
        f"The result of the ward poll was published: {told}.",
        f"/v1/polls/{poll.id}/result",
        concerns=finding.chosen,
        figures={"ballots": finding.turnout},
    )


async def read_events(question: Question) -> list[HistoryEntry]:
    """Return the events held, not held or cancelled, of the ward and shared by its borough."""
    kinds = [status for status, kind in EVENT_KINDS.items() if kind in question.wanted.kinds]
    statement = (
        select(CommunityEvent, EventRecord)
        .outerjoin(EventRecord, EventRecord.event_id == CommunityEvent.id)
        .where(CommunityEvent.status.in_(kinds), is_for(question.ward))
    )
    rows = await question.session.execute(
        newest(statement, question, CommunityEvent.starts_at, CommunityEvent.id)
    )
    return [_event(event, record) for event, record in rows]


def is_for(ward: Ward) -> ColumnElement[bool]:
    """Whether an event serves a ward: named among its wards, or shared by the whole borough."""
    linked = select(EventWard.event_id).where(EventWard.event_id == CommunityEvent.id)
    here = linked.where(EventWard.ward_code == ward.code).exists()
    shared = (CommunityEvent.borough_code == ward.borough_code) & ~linked.exists()
    return or_(here, shared)


def _event(event: CommunityEvent, record: EventRecord | None) -> HistoryEntry:
    kind = EVENT_KINDS[EventStatus(event.status)]
    what = f"{event.title} ({event.kind.replace('_', ' ')})"
    if kind is HistoryKind.EVENT_HELD:
        people = record.attendance if record else 0
        came = "1 person came" if people == 1 else f"{people} people came"
        says = f"{what} was held; {came}."
    else:
        fate = "was cancelled" if kind is HistoryKind.EVENT_CANCELLED else "was not held"
        says = f"{what} {fate}{f': {event.status_reason}' if event.status_reason else '.'}"
    raised = {} if record is None else record.concerns_raised
    return HistoryEntry(
        kind,
        event.starts_at,
        str(event.id),
        says,
        f"/v1/events/{event.id}",
        concerns=tuple(concern for concern, number in raised.items() if number),
        figures={} if record is None else {"attendance": record.attendance},
    )


async def read_evidence(question: Question) -> list[HistoryEntry]:
    """Return the evidence submitted about the ward and about its whole borough."""
    statement = select(Evidence).where(bears_on(question.ward.code, question.ward.borough_code))
    rows = await question.session.scalars(
        newest(statement, question, Evidence.recorded_at, Evidence.id)
    )
    return [_evidence(row) for row in rows]


def _evidence(row: Evidence) -> HistoryEntry:
    area = "the whole borough" if row.ward_code is None else "the ward"
    period = f"{day(row.period_from)} to {day(row.period_to)}"
    return HistoryEntry(
        HistoryKind.EVIDENCE_SUBMITTED,
        row.recorded_at,
        str(row.id),
        f"A {row.kind.replace('_', ' ')} about {area} was recorded, from {row.source_name}, "
        f"for {period}.",
        f"/v1/evidence/{row.id}",
        concerns=tuple(concern for concern, number in row.mentions.items() if number),
    )
