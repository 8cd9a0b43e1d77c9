"""Jobs as they cross the wire: asked for, in a list, in full, and as events of a stream."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, WithJsonSchema

from app.domain.jobs import JobState
from app.schemas.base import In, Instant, Out
from app.schemas.wards import BoroughCodeIn


class NothingIn(In):
    """The parameters of a kind of job that takes none."""


class OverdueReviewsIn(In):
    """Which wards' reviews are looked at."""

    borough_code: BoroughCodeIn | None = Field(
        default=None, description="GSS code of the borough; all of London when left out."
    )


class JobIn(In):
    """What is to be done; the kinds and their parameters stand in docs/jobs.md."""

    kind: Annotated[str, Field(pattern=r"^[a-z]+(-[a-z]+)*$", max_length=40)] = Field(
        examples=["overdue-reviews"]
    )
    parameters: dict[str, Any] = Field(
        default={},
        description="What the kind needs to know; an unknown name is refused.",
        examples=[{"borough_code": "E09000023"}],
    )


class ProblemItemOut(Out):
    """One thing that was wrong, and where."""

    pointer: str
    code: str
    message: str


class ProblemOut(Out):
    """What a job failed of, in the shape of every error of the service."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    instance: str = Field(description="The job's address.")
    errors: list[ProblemItemOut]


class JobSummaryOut(Out):
    """A job in a list."""

    id: UUID
    kind: str
    state: JobState
    cancel_requested: bool = Field(description="Whether the worker was asked to stop.")
    borough: str | None = Field(
        validation_alias="borough_code", description="GSS code; null for all of London."
    )
    done: int = Field(description="Pieces that are through.")
    total: int | None = Field(description="Pieces there are; null while nobody knows.")
    message: str = Field(description="What is being done, in words.")
    asked_by: str = Field(description="The sign-in that asked, or `schedule`.")
    created_at: Instant
    started_at: Instant | None
    finished_at: Instant | None


class JobOut(JobSummaryOut):
    """A job in full."""

    parameters: dict[str, Any]
    attempt: int = Field(description="How often a worker took it up.")
    result: dict[str, Any] | None = Field(description="What came of it, once it succeeded.")
    problem: ProblemOut | None = Field(description="Why it failed, if it did.")


class JobEventOut(Out):
    """What was told of a job at one moment."""

    state: JobState
    done: int
    total: int | None
    message: str
    at: Instant


def _as_content() -> dict[str, Any]:
    """Return the schema of a text that holds an event's data as JSON."""
    schema = JobEventOut.model_json_schema(
        mode="serialization", ref_template="#/components/schemas/{model}"
    )
    schema.pop("$defs", None)
    return {"type": "string", "contentMediaType": "application/json", "contentSchema": schema}


class JobStreamOut(Out):
    """One event of a job's stream."""

    id: str = Field(description="The event's number within the job, from 1; `Last-Event-ID`.")
    event: Literal["progress", "done"]
    data: Annotated[str, WithJsonSchema(_as_content())]
