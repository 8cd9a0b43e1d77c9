"""Programmes, commitments, their cards, changes and runs as they cross the wire."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.schemas.base import Instant, Out
from app.schemas.dispute_counts import DisputeCountsOut

StatusName = Literal[
    "met",
    "on_track",
    "at_risk",
    "breached",
    "not_due",
    "not_measurable",
    "retired",
    "not_checked",
]
NOTE_SAYS = (
    "Of an earlier day: which run's words these are, and of which day. States and findings are as "
    "that run recorded them on its own day, and nothing tells what changed between it and `as_of`."
)
STATUS_SAYS = (
    "`met`, `on_track`, `at_risk`, `breached`, `not_due`, `not_measurable` or `retired`; "
    "`not_checked` where no run had looked by the day asked for."
)


class PillarOut(Out):
    """One heading of a programme."""

    code: str
    title: str


class ProgrammeOut(Out):
    """A plan that makes promises."""

    code: str
    title: str
    summary: str
    starts_on: date
    owner: str
    origin: str
    pillars: list[PillarOut]
    commitments: int = Field(description="How many promises of it are in the register.")


class QuoteOut(Out):
    """What a document says, and where."""

    text: str
    document: str
    locator: str
    wording: str = Field(description="`verbatim`, or `paraphrase` where the text is not held here.")


class AreaOut(Out):
    """A ward or borough; `london` is all of the Met's."""

    code: str
    name: str
    scope: str = Field(description="`ward`, `borough` or `london`.")


class StandingOut(Out):
    """How one line stands in one area."""

    status: StatusName = Field(description=STATUS_SAYS)
    since: date | None = Field(description="The day on which this state began in the world.")
    since_kind: str | None = Field(
        description="`dated` by facts, or `observed`: the day a run first found it."
    )
    finding: str | None = Field(description="What was found, in a sentence.")
    value: float | None
    target: float | None
    shortfall: float | None
    unit: str | None = Field(description="What value, target and shortfall count.")
    evidence: list[dict[str, Any]] = Field(description="The records it was read from.")


class BrokenAreasOut(Out):
    """Where a line is broken below this area."""

    wards: int
    boroughs: int
    areas: list[AreaOut] = Field(
        description="The boroughs on London's card, the wards on a borough's."
    )


class CardLineOut(StandingOut):
    """One reading or part of a commitment, and how it stands here."""

    commitment: str
    title: str
    programme: str
    pillar: str
    owner: str
    reading: str
    reading_text: str = Field(description="How the words are read; empty where they need none.")
    assumed: bool = Field(description="Whether this reading goes beyond the plan's own words.")
    scope: str = Field(description="The kind of area that the promise is about.")
    due_on: date | None
    breached: BrokenAreasOut | None = Field(
        description="Where it is broken; `null` on the card of a ward and for what is of London."
    )
    disputes: DisputeCountsOut | None = Field(
        description="How many dispute how the promise stands here; `null` on London's card."
    )


class LastRunOut(Out):
    """The run that last wrote down how lines stand."""

    id: UUID
    number: int
    as_of: date
    checked_at: Instant


class CardOut(Out):
    """Every promise to one area, and whether it is kept."""

    area: AreaOut
    as_of: date
    checked: str = Field(
        description="`live`: reckoned from the facts now; `recorded`: as the last run by that day "
        "found it; `not_checked`: no run had looked by then."
    )
    note: str | None = Field(description=NOTE_SAYS)
    last_run: LastRunOut | None = Field(description="The last run up to `as_of`.")
    reason: str | None = Field(description="Why nothing is measured here, if so.")
    counts: dict[str, int] = Field(description="How many lines have each status.")
    lines: list[CardLineOut]


class CommitmentLineOut(Out):
    """One reading or part of a commitment, how it is checked, and how it stands in London."""

    reading: str
    text: str
    assumed: bool
    scopes: list[str]
    due_on: date | None
    check: str | None = Field(description="The rule that measures it; see the docs.")
    reason: str | None = Field(description="Why nothing measures it.")
    needs: str | None = Field(description="What data would make it measurable.")
    standing: StandingOut


class CommitmentOut(Out):
    """One promise, with its words and how each of its lines stands in London."""

    code: str
    title: str
    programme: str
    pillar: str
    owner: str
    due: str | None
    due_on: date | None
    cadence: str | None
    quotes: list[QuoteOut]
    lines: list[CommitmentLineOut]


class CellOut(Out):
    """How one line stands in one borough."""

    commitment: str
    reading: str
    status: StatusName = Field(description=STATUS_SAYS)
    since: date | None
    value: float | None
    target: float | None


class MatrixRowOut(Out):
    """One borough and its cells, in the order of the columns."""

    borough: AreaOut
    cells: list[CellOut]


class ColumnOut(Out):
    """One line of the matrix."""

    commitment: str
    reading: str
    title: str
    reason: str | None = Field(description="Why nothing measures it, if so.")


class MatrixOut(Out):
    """Boroughs against every line that says something of boroughs or their wards."""

    as_of: date
    checked: str = Field(description="`live`, `recorded` or `not_checked`, as on cards.")
    note: str | None = Field(description=NOTE_SAYS)
    columns: list[ColumnOut]
    rows: list[MatrixRowOut]


class CommitmentDetailOut(CommitmentOut):
    """One promise whole: also how each of its lines stands in every borough."""

    boroughs: list[MatrixRowOut]


class ChangeOut(Out):
    """One line that changed its status in one area."""

    position: int = Field(description="Grows with every change; where a reader got to.")
    commitment: str
    title: str
    reading: str
    area: AreaOut
    old_status: StatusName
    new_status: StatusName
    since: date = Field(description="The day on which the new state began in the world.")
    since_kind: str
    as_of: date = Field(description="The day of the run that found it.")
    checked_at: Instant
    finding: str


class CommitmentRunOut(Out):
    """One run of every check."""

    id: UUID
    number: int
    as_of: date
    checked_at: Instant
    rule_version: int
    lines: int = Field(description="How many lines were judged, areas taken each for itself.")
    changed: int = Field(description="How many of them were written, because something changed.")
