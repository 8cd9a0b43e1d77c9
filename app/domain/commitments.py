"""What the plan promises, how each promise is read, and what a check of it says.

A *line* is one reading, or one part, of a commitment: the unit that is checked. A *verdict* is what
a check says of one line in one area on one day; `since` is the day on which that state began in the
world, as far as the facts date it, not the day on which somebody looked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

DAY = timedelta(days=1)
LONDON_CODE = "london"
"""Stands for all of the Met's London where a borough or ward has its GSS code."""

AS_WRITTEN = "as_written"
"""The one line of a commitment whose text needs no reading."""


class Status(StrEnum):
    """How a line stands."""

    MET = "met"
    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    BREACHED = "breached"
    NOT_DUE = "not_due"
    NOT_MEASURABLE = "not_measurable"
    RETIRED = "retired"


STATUS_WORDS = {
    Status.MET: "kept",
    Status.ON_TRACK: "on track",
    Status.AT_RISK: "at risk",
    Status.BREACHED: "broken",
    Status.NOT_DUE: "not due",
    Status.NOT_MEASURABLE: "not measurable",
    Status.RETIRED: "retired",
}
"""How people say that a line stands."""


class Scope(StrEnum):
    """The kind of area that a line is checked in, the smallest first."""

    WARD = "ward"
    BOROUGH = "borough"
    LONDON = "london"


class Wording(StrEnum):
    """Whether a quote is the document's own words or ours."""

    VERBATIM = "verbatim"
    PARAPHRASE = "paraphrase"


class SinceKind(StrEnum):
    """How the first day of a state is known: from dated facts, or because a run found it then."""

    DATED = "dated"
    OBSERVED = "observed"


@dataclass(frozen=True, slots=True)
class Pillar:
    """One heading of a programme."""

    code: str
    title: str


@dataclass(frozen=True, slots=True)
class Programme:
    """A plan that makes promises."""

    code: str
    title: str
    summary: str
    starts_on: date
    owner: str
    origin: str
    pillars: tuple[Pillar, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """What a document says, and where."""

    text: str
    document: str
    locator: str
    wording: Wording


@dataclass(frozen=True, slots=True)
class Line:
    """One reading or part of a commitment; without a `check` it is not measurable, or retired."""

    reading: str
    text: str
    scopes: tuple[Scope, ...]
    check: str | None
    assumed: bool
    due_on: date | None
    reason: str | None
    needs: str | None
    retired_on: date | None
    retired_because: str | None


@dataclass(frozen=True, slots=True)
class Commitment:
    """One promise, with its lines."""

    code: str
    programme: str
    pillar: str
    title: str
    owner: str
    due: str | None
    due_on: date | None
    cadence: str | None
    quotes: tuple[Quote, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Register:
    """Every programme and commitment, in their order."""

    programmes: tuple[Programme, ...]
    commitments: tuple[Commitment, ...]

    def find(self, code: str) -> Commitment | None:
        """Return a commitment by its code, or `None`."""
        return next((one for one in self.commitments if one.code == code), None)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check says of one line in one area on one day.

    `value` and `target` are in `unit`; `shortfall` is what is missing. `since` is `None` where no
    fact dates the state. `evidence` names the records it was read from.
    """

    status: Status
    finding: str
    since: date | None = None
    value: float | None = None
    target: float | None = None
    shortfall: float | None = None
    unit: str | None = None
    evidence: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """Names one line in one area."""

    commitment: str
    reading: str
    scope: Scope
    area: str


Verdicts = Mapping[str, Verdict]
"""Verdicts of one line by area code."""


def retired(line: Line) -> Verdict:
    """Return the verdict of a line that no longer stands."""
    return Verdict(Status.RETIRED, line.retired_because or "No longer stands.", line.retired_on)


def not_measurable(line: Line) -> Verdict:
    """Return the verdict of a line that nothing here can check."""
    return Verdict(Status.NOT_MEASURABLE, f"{line.reason} Needed: {line.needs}")


def unknown(why: str) -> Verdict:
    """Return the verdict of a line whose data nobody has entered."""
    return Verdict(Status.NOT_MEASURABLE, why)


def not_due(due_on: date, what: str) -> Verdict:
    """Return the verdict of a line whose day has not come."""
    return Verdict(Status.NOT_DUE, f"{what} is due on {told(due_on)}.")


def from_due(since: date | None, due_on: date | None) -> date | None:
    """Return the first day of a breach: never before the day after the promise fell due."""
    if due_on is None:
        return since
    return due_on + DAY if since is None else max(since, due_on + DAY)


def told(day: date) -> str:
    """Return a day as people write it."""
    return f"{day.day} {day:%B %Y}"


@dataclass(frozen=True, slots=True)
class Standing:
    """How one line stands in one area: a verdict whose first day is always known somehow."""

    verdict: Verdict
    since: date
    since_kind: SinceKind

    @property
    def status(self) -> Status:
        """How the line stands."""
        return self.verdict.status


def date_verdict(verdict: Verdict, before: Standing | None, *, today: date) -> Standing:
    """Return a verdict with its first day.

    Where no fact dates the state, it is the day on which a run first found it: kept from before as
    long as the state lasts, else today.
    """
    if verdict.since is not None:
        return Standing(verdict, verdict.since, SinceKind.DATED)
    if before is not None and before.status is verdict.status:
        return Standing(verdict, before.since, before.since_kind)
    return Standing(verdict, today, SinceKind.OBSERVED)


def is_news(standing: Standing, before: Standing | None) -> bool:
    """Whether a line is to be written again: something told of it has changed."""
    return before is None or _told(standing) != _told(before)


def _told(standing: Standing) -> tuple[object, ...]:
    verdict = standing.verdict
    return (
        verdict.status,
        standing.since,
        verdict.finding,
        verdict.value,
        verdict.target,
        verdict.shortfall,
    )
