"""Requests that wait for a second person, as they cross the wire."""

from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.domain.approvals import ApprovalStatus, TwoPersonAct
from app.schemas.base import In, Instant, Out


class ApprovalOut(Out):
    """A request for an act that takes two people; sent again by somebody else, it is done."""

    id: UUID
    act: TwoPersonAct
    subject_kind: str = Field(description="What the act is done to.", examples=["poll"])
    subject_id: str
    borough: str | None = Field(description="GSS code; null where no one borough is concerned.")
    ward: str | None = Field(description="GSS code; null where no one ward is concerned.")
    asked: dict[str, Any] = Field(description="What exactly is asked for.")
    reason: str | None
    requested_by: str = Field(description="The sign-in that asked.")
    role: str
    requested_at: Instant
    expires_at: Instant
    status: ApprovalStatus
    closed_by: str | None = Field(description="The sign-in that carried it out or withdrew it.")
    closed_at: Instant | None
    version: int


class ApprovalPatchIn(In):
    """A request taken back by whoever made it."""

    status: Literal["withdrawn"]
