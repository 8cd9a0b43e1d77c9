"""Feed of a ward's history about disputes of what is said of it: each step, and never by whom.

No more is told than the public list tells: a filer's words once the team has answered, less what it
left out; nothing of them once withdrawn.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, String, and_, cast, func, or_, select

from app.domain.disputes import DisputeState, TargetKind, tells_words
from app.domain.english import count, day
from app.domain.ward_history import HistoryEntry, HistoryKind
from app.models.disputes import Dispute, DisputeEvent
from app.models.events import CommunityEvent
from app.models.priorities import Priority
from app.operations.history_of_promises import title_of
from app.operations.history_of_voices import is_for
from app.operations.history_windows import Question, newest

STEP_KINDS = {
    "filed": HistoryKind.DISPUTE_FILED,
    DisputeState.ANSWERED.value: HistoryKind.DISPUTE_ANSWERED,
    DisputeState.UPHELD.value: HistoryKind.DISPUTE_UPHELD,
    DisputeState.REJECTED.value: HistoryKind.DISPUTE_REJECTED,
    DisputeState.WITHDRAWN.value: HistoryKind.DISPUTE_WITHDRAWN,
}
"""Steps that are told; that words were left out shows in the words."""
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Subjects:
    """What disputes are about: priorities with their concerns, and titles of events."""

    priorities: Mapping[UUID, tuple[str, str]]
    events: Mapping[UUID, str]


async def read_steps(question: Question) -> list[HistoryEntry]:
    """Return what was done about disputes of the ward's outcomes, events and promises."""
    acts = [act for act, kind in STEP_KINDS.items() if kind in question.wanted.kinds]
    statement = (
        select(DisputeEvent, Dispute)
        .join(Dispute, Dispute.id == DisputeEvent.dispute_id)
        .where(
            DisputeEvent.act.in_(acts),
            Dispute.borough_code == question.ward.borough_code,
            or_(Dispute.ward_code == question.ward.code, _is_of_an_event(question)),
        )
    )
    statement = newest(statement, question, DisputeEvent.at, DisputeEvent.id)
    rows = (await question.session.execute(statement)).all()
    subjects = await _subjects(question, [dispute for _, dispute in rows])
    return [_step(question, step, dispute, subjects) for step, dispute in rows]


def _is_of_an_event(question: Question) -> ColumnElement[bool]:
    """Whether a dispute is about an event that serves this ward, alone or among others.

    A target's id is text, and SQLite holds UUIDs without hyphens, so they are compared without.
    """
    served = select(_bare(cast(CommunityEvent.id, String))).where(
        CommunityEvent.borough_code == question.ward.borough_code, is_for(question.ward)
    )
    return and_(
        Dispute.target_kind == TargetKind.EVENT_RECORD,
        _bare(Dispute.target_id).in_(served),
    )


def _bare(text: Any) -> ColumnElement[str]:
    return func.replace(text, "-", "")


async def _subjects(question: Question, disputes: Sequence[Dispute]) -> _Subjects:
    priorities = await question.session.execute(
        select(Priority.id, Priority.title, Priority.concern).where(
            Priority.id.in_(_ids(disputes, TargetKind.PRIORITY_OUTCOME))
        )
    )
    events = await question.session.execute(
        select(CommunityEvent.id, CommunityEvent.title).where(
            CommunityEvent.id.in_(_ids(disputes, TargetKind.EVENT_RECORD))
        )
    )
    return _Subjects(
        {row.id: (row.title, row.concern) for row in priorities},
        {row.id: row.title for row in events},
    )


def _ids(disputes: Iterable[Dispute], kind: TargetKind) -> set[UUID]:
    return {UUID(one.target_id) for one in disputes if one.target_kind == kind}


def _step(
    question: Question, step: DisputeEvent, dispute: Dispute, subjects: _Subjects
) -> HistoryEntry:
    kind = STEP_KINDS[step.act]
    what, concerns = _subject(question, dispute, subjects)
    return HistoryEntry(
        kind,
        step.at,
        str(step.id),
        _says(kind, step, dispute, what),
        f"/v1/disputes/{dispute.id}",
        concerns=concerns,
    )


def _subject(
    question: Question, dispute: Dispute, subjects: _Subjects
) -> tuple[str, tuple[str, ...]]:
    """Return what is disputed, as a clause, with the concern that it bears on."""
    if dispute.target_kind == TargetKind.PRIORITY_OUTCOME:
        title, concern = subjects.priorities[UUID(dispute.target_id)]
        return f"how “{title}” ({question.label(concern)}) ended", (concern,)
    if dispute.target_kind == TargetKind.EVENT_RECORD:
        return f"what is on record of “{subjects.events[UUID(dispute.target_id)]}”", ()
    on = "" if dispute.as_of is None else f" on {day(dispute.as_of)}"
    return f"how {title_of(dispute.target_id)} stood{on}", ()


def _says(kind: HistoryKind, step: DisputeEvent, dispute: Dispute, what: str) -> str:
    if kind is HistoryKind.DISPUTE_FILED:
        words = dispute.text if tells_words(dispute.state) else None
        return _quoting(f"A {step.role} disputed {what}", words)
    if kind is HistoryKind.DISPUTE_ANSWERED:
        after = count((step.at - dispute.filed_at) // HOUR, "hour")
        late = ", later than was due" if step.at > dispute.due_at else ""
        did = f"The team answered the dispute of {what} after {after}{late}"
        return _quoting(did, dispute.answer)
    fate = kind.value.removeprefix("dispute_")
    why = None if kind is HistoryKind.DISPUTE_WITHDRAWN else dispute.decision
    return _quoting(f"The dispute of {what} was {fate}", why)


def _quoting(clause: str, words: str | None) -> str:
    return f"{clause}." if words is None else f"{clause}: “{words}”"
