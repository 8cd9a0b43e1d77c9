"""Concerns, priority sets, priorities, actions and outcomes as they cross the wire."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import MISSING, Field, HttpUrl

from app.domain.priorities import (
    MAX_PRIORITIES,
    ActionKind,
    ClaimedBy,
    DecidedBy,
    OutcomeKind,
    PrioritySetStatus,
    PriorityStatus,
    ReviewState,
)
from app.schemas.base import In, Instant, Out, Text
from app.schemas.dispute_counts import DisputeCountsOut
from app.schemas.geometry import PolygonIn, PolygonOut
from app.schemas.wards import AreaOut

Slug = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$", examples=["burglary"])]
Title = Annotated[Text, Field(max_length=120, examples=["Burglary around Orchard Road"])]
Place = Annotated[Text, Field(max_length=200, examples=["Orchard Road and the mews behind it"])]
Partners = Annotated[
    list[Annotated[Text, Field(max_length=120)]],
    Field(max_length=20, examples=[["Council licensing team", "Neighbourhood Watch"]]),
]
Aim = Annotated[Text, Field(max_length=500)]
WebAddress = Annotated[HttpUrl, Field(max_length=500)]


class ConcernOut(Out):
    """Something residents worry about, and who leads on it."""

    slug: str = Field(examples=["burglary"])
    label: str = Field(examples=["Burglary"])
    description: str
    lead: str = Field(description="`police`, `council` or `shared`.", examples=["police"])
    crime_categories: list[str] = Field(description="Recorded crime that bears on it.")
    position: int


class ObjectiveIn(In):
    """A SMART objective, one sentence or two for each letter."""

    specific: Aim = Field(examples=["Fewer break-ins on Orchard Road"])
    measurable: Aim = Field(examples=["Recorded burglaries, month by month"])
    achievable: Aim = Field(examples=["Two evening patrols a week and property marking"])
    relevant: Aim = Field(examples=["Most supported in the ward poll"])
    time_bound: Aim = Field(examples=["By the next ward panel"])


class ObjectiveOut(Out):
    """A SMART objective."""

    specific: str
    measurable: str
    achievable: str
    relevant: str
    time_bound: str


class PriorityIn(In):
    """One priority of a new set."""

    rank: int = Field(ge=1, le=MAX_PRIORITIES, examples=[1])
    concern: Slug
    title: Title
    objective: ObjectiveIn
    place: Place | None = None
    area: PolygonIn | None = None
    partners: Partners = []


class PrioritySetIn(In):
    """A ward's first set, or one decided outside a refresh."""

    decided_by: DecidedBy = Field(examples=["panel"])
    review_due_on: date | None = Field(
        default=None, description="30 to 120 days ahead; 90 days when left out."
    )
    priorities: list[PriorityIn] = Field(
        min_length=1, max_length=MAX_PRIORITIES, description="Ranked 1 to n, three as a rule."
    )


class PriorityEditIn(In):
    """What to change of a priority, and why; what is left out stays."""

    reason: Annotated[Text, Field(max_length=1000)] = Field(
        examples=["The panel asked to include the mews"]
    )
    title: Title | MISSING = MISSING
    objective: ObjectiveIn | MISSING = MISSING
    place: Place | MISSING | None = MISSING
    area: PolygonIn | MISSING | None = MISSING
    partners: Partners | MISSING = MISSING
    review_due_on: date | MISSING = MISSING
    status: PriorityStatus | MISSING = Field(
        default=MISSING,
        description="Only `in_progress`, to take a priority up again after a mistaken outcome.",
    )


class ActionIn(In):
    """Something done, or planned, about a priority; at least one of the two days."""

    kind: ActionKind = Field(examples=["patrol"])
    text: Annotated[Text, Field(max_length=1000)] = Field(
        description="Public: no names of residents or suspects.",
        examples=["Evening patrols on Orchard Road, 18 homes given marking kits"],
    )
    planned_on: date | None = None
    done_on: date | None = Field(
        default=None, description="Not later than today.", examples=["2026-03-01"]
    )


class ActionOut(Out):
    """Something done, or planned, about a priority."""

    id: UUID
    priority_id: UUID
    kind: ActionKind
    text: str
    planned_on: date | None
    done_on: date | None
    recorded_at: Instant


class OutcomeEvidenceIn(In):
    """One thing that bears an outcome out."""

    text: Annotated[Text, Field(max_length=500)] = Field(
        examples=["Recorded burglaries fell from 12 to 5 in the quarter"]
    )
    url: WebAddress | None = None


class OutcomeEvidenceOut(Out):
    """One thing that bears an outcome out."""

    text: str
    url: str | None


class OutcomeIn(In):
    """How a priority ended, who says so and on what evidence; a later one corrects it."""

    kind: OutcomeKind = Field(examples=["partly_delivered"])
    claimed_by: ClaimedBy = Field(examples=["panel"])
    statement: Annotated[Text, Field(max_length=1000)] = Field(
        examples=["Fewer break-ins on Orchard Road; the mews is no better"]
    )
    evidence: list[OutcomeEvidenceIn] = Field(min_length=1, max_length=20)


class OutcomeOut(Out):
    """How a priority ended, as somebody claims."""

    id: UUID
    kind: OutcomeKind
    claimed_by: ClaimedBy
    statement: str
    evidence: list[OutcomeEvidenceOut]
    recorded_at: Instant


class PriorityOut(Out):
    """One thing a ward team has promised to work on."""

    id: UUID
    set_id: UUID
    ward_code: str = Field(examples=["E05013714"])
    rank: int
    concern: str = Field(description="Slug of the concern.", examples=["burglary"])
    title: str
    objective: ObjectiveOut
    place: str | None
    area: PolygonOut | None
    partners: list[str]
    status: PriorityStatus
    awaiting_outcome: bool = Field(
        description="Whether its set was followed by another while nobody said how this ended."
    )
    set_on: date
    published_at: Instant
    last_action_on: date | None = Field(
        description="The latest day something was done, also before it was carried into this set."
    )
    review_due_on: date
    overdue_days: int = Field(
        description="Days beyond the due date and its 14 days of grace; 0 once it has ended."
    )
    carried_from_id: UUID | None = Field(description="The priority of the set before it continues.")
    action_count: int
    recent_actions: list[ActionOut] = Field(description="The five newest, newest first.")
    outcomes: list[OutcomeOut] = Field(description="Newest first; the first one counts.")
    disputes: DisputeCountsOut = Field(description="Of how it is said to have ended.")
    awaiting_correction: bool = Field(
        description="Whether a dispute of the outcome that counts was upheld: a new one is owed."
    )


class RankChangeOut(Out):
    """A concern that stayed and moved."""

    concern: str
    from_rank: int
    to_rank: int


class SetChangesOut(Out):
    """How a set differs from the one before; a concern may be both reranked and reworded."""

    added: list[str]
    dropped: list[str]
    kept: list[str] = Field(description="Unchanged in rank and words.")
    reranked: list[RankChangeOut]
    reworded: list[str]


class PrioritySetFactsOut(Out):
    """When a set was decided, by whom, and when it is reviewed."""

    id: UUID
    ward_code: str = Field(examples=["E05013714"])
    sequence: int = Field(description="1 for the ward's first set.")
    status: PrioritySetStatus
    decided_by: str = Field(examples=["panel"])
    set_on: date
    published_at: Instant
    superseded_at: Instant | None
    review_due_on: date
    review: ReviewState | None = Field(description="Null once the set is closed.")
    overdue_days: int = Field(
        description="Days beyond the due date and its 14 days of grace; 0 once the set is closed."
    )


class PrioritySetOut(PrioritySetFactsOut):
    """A ward's priorities between two refreshes, in full."""

    priorities: list[PriorityOut]


class PrioritySetChangesOut(PrioritySetOut):
    """A set in full, and how it differs from the one before."""

    changes: SetChangesOut | None = Field(description="Null for the ward's first set.")


class PastPriorityOut(Out):
    """One priority of a set, in brief."""

    id: UUID
    rank: int
    concern: str
    title: str
    status: PriorityStatus
    disputes: DisputeCountsOut = Field(description="Of how it is said to have ended.")


class PastPrioritySetOut(PrioritySetFactsOut):
    """A set of a ward's history, in brief, and how it differs from the one before."""

    priorities: list[PastPriorityOut]
    changes: SetChangesOut | None = Field(description="Null for the ward's first set.")


class WardPrioritiesOut(Out):
    """A ward and its active priorities, where it has any."""

    ward: AreaOut
    active_set: PrioritySetOut | None
