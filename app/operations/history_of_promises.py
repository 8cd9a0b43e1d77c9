"""Feed of a ward's history about what was promised: when a line of the register turned."""

from typing import Any

from sqlalchemy import select

from app.domain.commitments import AS_WRITTEN, STATUS_WORDS, Scope, Status
from app.domain.english import day
from app.domain.events import london_midnight
from app.domain.ward_history import HistoryEntry, HistoryKind
from app.models.commitments import CommitmentCheck
from app.operations.commitment_rows import turned
from app.operations.history_windows import Question, newest_days
from app.sources.register import read_register


async def read_changes(question: Question) -> list[HistoryEntry]:
    """Return which promises to the ward turned from which status into which.

    Each stands at the day on which its new status began in the world, however much later a run
    found it; what the feed of changes leaves out is left out here.
    """
    check = CommitmentCheck
    statement = select(
        check.position,
        check.commitment,
        check.reading,
        check.area_code,
        check.previous_status,
        check.status,
        check.since,
        check.as_of,
        check.finding,
    ).where(check.area_code == question.ward.code, check.scope == Scope.WARD, turned())
    rows = await question.session.execute(
        newest_days(statement, question, check.since, check.position)
    )
    return [_change(row) for row in rows]


def _change(row: Any) -> HistoryEntry:
    before, after = (STATUS_WORDS[Status(one)] for one in (row.previous_status, row.status))
    found = "" if row.as_of == row.since else f" Found on {day(row.as_of)}."
    return HistoryEntry(
        HistoryKind.COMMITMENT_CHANGED,
        london_midnight(row.since),
        str(row.position),
        f"{title_of(row.commitment, row.reading)} went from {before} to {after}. "
        f"{row.finding}{found}",
        f"/v1/commitments/changes?area={row.area_code}&commitment={row.commitment}"
        f"&since={row.as_of}",
    )


def title_of(code: str, reading: str = AS_WRITTEN) -> str:
    """Return a promise by its title and code, and by its reading where it has several.

    One that the register holds no more has its code alone.
    """
    promise = read_register().find(code)
    line = "" if reading == AS_WRITTEN else f", {reading.replace('_', ' ')}"
    title = "A promise" if promise is None else f"“{promise.title}”"
    return f"{title} ({code}{line})"
