"""How lines stand, now or on an earlier day, and which of them say something of an area."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.database import ReadSession, WriteSession
from app.domain.commitment_checks import is_static
from app.domain.commitments import (
    LONDON_CODE,
    Commitment,
    Key,
    Line,
    Scope,
    Standing,
    told,
)
from app.errors import InvalidRequestError
from app.models.commitments import CommitmentRun
from app.operations.commitment_facts import Chosen
from app.operations.commitment_rows import find_last_run, list_standings
from app.operations.commitment_standings import Asking, StandingBook, Standings
from app.operations.coverage import find_ward_lives
from app.schemas.commitments import StandingOut
from app.sources.register import read_register

Session = ReadSession | WriteSession
NOT_CHECKED = "not_checked"
RECORDED = "recorded"
WARD = "E05"
ORDER = (Scope.WARD, Scope.BOROUGH, Scope.LONDON)


@dataclass(frozen=True, slots=True)
class Looked:
    """How lines stand, how that is known, and by which run; on a day."""

    as_of: date
    checked: str
    run: CommitmentRun | None
    standings: Standings

    @property
    def note(self) -> str | None:
        """Whose words the findings are, where they are not of now: those of a run, on its day."""
        if self.checked != RECORDED or self.run is None:
            return None
        last = f"As run {self.run.number} recorded it on {told(self.run.as_of)}"
        if self.run.as_of == self.as_of:
            return f"{last}; findings speak as of that day."
        return (
            f"{last}; findings speak as of that day. No later run had looked by {told(self.as_of)}."
        )


async def look(
    session: Session, book: StandingBook, chosen: Chosen, asking: Asking, *, as_of: date | None
) -> Looked:
    """Return how the lines of some areas stand: now, or as runs found them by an earlier day.

    Raises `InvalidRequestError` for a day to come.
    """
    if as_of is not None and as_of > asking.today:
        raise InvalidRequestError("That day has not come.", pointer="as_of")
    if as_of is None or as_of == asking.today:
        if chosen == Chosen():
            standings = await book.everywhere(session, asking)
        else:
            standings = await book.within(session, chosen, asking)
        return Looked(asking.today, "live", await find_last_run(session), standings)
    run = await find_last_run(session, as_of=as_of)
    if run is None:
        return Looked(as_of, NOT_CHECKED, None, {})
    areas = await _areas_of(session, chosen, as_of)
    found = await list_standings(session, as_of=as_of, areas=areas)
    return Looked(as_of, RECORDED, run, found)


async def _areas_of(session: Session, chosen: Chosen, as_of: date) -> list[str] | None:
    """Return the areas whose rows a card reads: its own, those below it, and London's."""
    if chosen == Chosen():
        return None
    if chosen.ward is not None:
        return [chosen.ward, LONDON_CODE]
    lives = await find_ward_lives(session, borough_code=chosen.borough)
    wards = [code for code, life in lives.items() if life.exists_on(as_of)]
    return [*wards, str(chosen.borough), LONDON_CODE]


def lines_for(scope: Scope) -> Iterator[tuple[Commitment, Line]]:
    """Yield the lines that say something of an area of this kind: its own, and those below it."""
    for commitment in read_register().commitments:
        for line in commitment.lines:
            if ORDER.index(line.scopes[0]) <= ORDER.index(scope):
                yield commitment, line


def find_standing(
    found: Standings, commitment: Commitment, line: Line, *, scope: Scope, area: str
) -> Standing | None:
    """Return how a line stands in an area; what nothing measures stands for London alike."""
    own = found.get(Key(commitment.code, line.reading, scope, area))
    if own is None and (is_static(line) or line.retired_on is not None):
        return found.get(Key(commitment.code, line.reading, Scope.LONDON, LONDON_CODE))
    return own


def show_standing(standing: Standing | None) -> dict[str, Any]:
    """Return a standing as the fields of an answer; without one it was not checked."""
    if standing is None:
        empty: dict[str, Any] = dict.fromkeys(StandingOut.model_fields)
        return empty | {"status": NOT_CHECKED, "evidence": []}
    verdict = standing.verdict
    return {
        "status": standing.status.value,
        "since": standing.since,
        "since_kind": standing.since_kind.value,
        "finding": verdict.finding,
        "value": verdict.value,
        "target": verdict.target,
        "shortfall": verdict.shortfall,
        "unit": verdict.unit,
        "evidence": [dict(record) for record in verdict.evidence],
    }


async def has_status(session: Session, code: str, area_code: str, as_of: date) -> bool:
    """Whether a commitment says something of an area, and was checked there by a day.

    Today it always is; of an earlier day a run must have written so.
    """
    scope = Scope.WARD if area_code.startswith(WARD) else Scope.BOROUGH
    if area_code == LONDON_CODE:
        scope = Scope.LONDON
    if not any(commitment.code == code for commitment, _ in lines_for(scope)):
        return False
    last = await find_last_run(session)
    if last is None or last.as_of <= as_of:
        return True
    return await find_last_run(session, as_of=as_of) is not None
