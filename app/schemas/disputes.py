"""Disputes, their answers and decisions as they cross the wire."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.domain.commitments import LONDON_CODE
from app.domain.disputes import DisputeState, TargetKind
from app.schemas.base import In, Instant, Out, Text
from app.schemas.events import HttpsUrl


class PriorityOutcomeTargetIn(In):
    """How a priority is said to have ended."""

    kind: Literal[TargetKind.PRIORITY_OUTCOME]
    id: UUID = Field(description="Identifier of the priority.")


class EventRecordTargetIn(In):
    """What is said to have happened at an event."""

    kind: Literal[TargetKind.EVENT_RECORD]
    id: UUID = Field(description="Identifier of the event.")


class CommitmentStatusTargetIn(In):
    """What the service says of a commitment in one ward, one borough or London, as on a day."""

    kind: Literal[TargetKind.COMMITMENT_STATUS]
    id: str = Field(pattern=r"^[A-Z]{1,5}\d{2}$", description="Code of the commitment.")
    area_code: str = Field(
        pattern=rf"^(E0[59]\d{{6}}|{LONDON_CODE})$",
        description=f"GSS code of a ward or borough, or {LONDON_CODE} for London.",
    )
    as_of: date = Field(description="The day that the disputed status speaks of, not in future.")


TargetIn = Annotated[
    PriorityOutcomeTargetIn | EventRecordTargetIn | CommitmentStatusTargetIn,
    Field(
        discriminator="kind",
        examples=[
            {
                "kind": "commitment_status",
                "id": "C06",
                "area_code": "E09000023",
                "as_of": "2026-03-01",
            }
        ],
    ),
]


class DisputeIn(In):
    """What is disputed and why. It is published once it is answered: name nobody in it."""

    target: TargetIn
    text: Annotated[Text, Field(max_length=2000)] = Field(
        examples=["The event was announced for the evening, and nobody was there."]
    )
    evidence_url: HttpsUrl | None = Field(
        default=None, description="Where the counter-evidence can be read; published with the text."
    )


class DisputeAnswerIn(In):
    """The team's answer; it publishes the text, in which personal data may be left out."""

    answer: Annotated[Text, Field(max_length=2000)] = Field(
        examples=["The meeting was moved to the library; here is the notice that said so."]
    )
    redacted_text: Annotated[Text, Field(max_length=2000)] | None = Field(
        default=None,
        description="The text with `[redacted]` for each passage left out, else word for word.",
    )
    hide_evidence_url: bool = Field(default=False, description="Whether to leave the link out too.")
    redaction_reason: Annotated[Text, Field(max_length=500)] | None = Field(
        default=None, description="Needed where anything is left out; it is published."
    )


class DisputeDecisionIn(In):
    """Whether the dispute is right, and why."""

    decision: Literal[DisputeState.UPHELD, DisputeState.REJECTED] = Field(examples=["upheld"])
    reason: Annotated[Text, Field(max_length=1000)] = Field(
        examples=["The notice was put up after the meeting had begun."]
    )


class DisputeTargetOut(Out):
    """What is disputed."""

    kind: TargetKind
    id: str = Field(description="Identifier of the priority or event, or a commitment's code.")
    area_code: str = Field(description="The ward or borough it is about, or London.")
    as_of: date | None = Field(description="For a commitment: the day its status speaks of.")


class DisputeEventOut(Out):
    """One step of a dispute."""

    act: str = Field(
        description="`filed`, `answered`, `redacted`, `upheld`, `rejected` or `withdrawn`."
    )
    at: Instant
    role: str = Field(description="What they are who took it; never who.")


class DisputeOut(Out):
    """One dispute; until it is answered its words are shown to the team of the area only."""

    id: UUID
    target: DisputeTargetOut
    borough_code: str | None = Field(description="Null where it is about all of London.")
    ward_code: str | None = Field(description="Null where it is about a borough or several wards.")
    state: DisputeState
    filed_at: Instant
    due_at: Instant = Field(description="72 hours after it was filed.")
    overdue: bool = Field(description="Whether the answer is missing and its time has passed.")
    text: str | None = Field(description="Null until the answer, and once withdrawn.")
    evidence_url: str | None = Field(description="Null until the answer, and once withdrawn.")
    redaction_reason: str | None = Field(description="Why the team left something out.")
    answered_at: Instant | None
    answered_late: bool | None = Field(description="Null while unanswered.")
    answer: str | None
    decided_at: Instant | None
    decision: str | None = Field(description="Why it was upheld or rejected.")
    history: list[DisputeEventOut]
