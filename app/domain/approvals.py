"""Acts that take two different people: which they are, and how long a request for one stands."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

STANDS_FOR = timedelta(days=7)
"""How long the first person's request may be carried out by a second."""


class TwoPersonAct(StrEnum):
    """An act that one person asks for and another carries out."""

    CLOSE_POLL_EARLY = "close_poll_early"
    CANCEL_POLL = "cancel_poll"
    ACTIVATE_BOUNDARY_EDITION = "activate_boundary_edition"
    DESTROY_ROUND_KEYS = "destroy_round_keys"
    RELEASE_QUARANTINE = "release_quarantine"


class ApprovalStatus(StrEnum):
    """Where a request stands."""

    PENDING = "pending"
    CARRIED_OUT = "carried_out"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


def fingerprint(act: str, subject: tuple[str, object], asked: Mapping[str, Any]) -> str:
    """Return the SHA-256 of exactly what is asked: the act, its subject and its payload."""
    document = {"act": str(act), "subject": [subject[0], str(subject[1])], "asked": asked}
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def status_at(stored: str, *, expires_at: datetime, at: datetime) -> ApprovalStatus:
    """Return where a request stands at an instant: the clock lets a pending one expire."""
    status = ApprovalStatus(stored)
    if status is ApprovalStatus.PENDING and at >= expires_at:
        return ApprovalStatus.EXPIRED
    return status
