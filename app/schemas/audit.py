"""The audit trail: what anyone may read of it, what overseers read beside, and its signed heads."""

from datetime import date
from typing import Any

from pydantic import Field

from app.schemas.base import Instant, Out


class AuditEntryOut(Out):
    """One staff write, chained to the one before it; `null` stands for what is not public."""

    position: int
    at: Instant
    actor: str | None = Field(description="The sign-in that acted; for overseers only.")
    role: str
    action: str
    subject_kind: str
    subject_id: str | None = Field(
        description="For anyone where the subject is public itself; else for overseers only."
    )
    borough_code: str | None
    ward_code: str | None
    reason: str | None = Field(description="For overseers only.")
    detail: dict[str, Any] | None = Field(description="For overseers only.")
    blind: str | None = Field(
        description="What keeps the hash from telling the rest; for overseers only."
    )
    previous_hash: str | None
    entry_hash: str | None = Field(
        description="SHA-256 over the whole entry and `previous_hash`; for overseers only where "
        "the entry has no blind."
    )


class AuditHeadOut(Out):
    """The audit chain as it stood on one day, signed."""

    signed_on: date
    position: int = Field(description="How many entries the head covers.")
    entry_hash: str = Field(description="The hash of the last of them.")
    note: str = Field(
        description="The C2SP signed note that says so, by the key of `GET /v1/log-key`."
    )
