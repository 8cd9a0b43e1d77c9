"""The audit trail as overseers read it."""

from typing import Any

from pydantic import Field

from app.schemas.base import Instant, Out


class AuditEntryOut(Out):
    """One staff write, chained to the one before it."""

    position: int
    at: Instant
    actor: str = Field(description="The sign-in that acted.")
    role: str
    action: str
    subject_kind: str
    subject_id: str
    borough_code: str | None
    ward_code: str | None
    reason: str | None
    detail: dict[str, Any]
    previous_hash: str
    entry_hash: str = Field(description="SHA-256 over this entry and `previous_hash`.")
