"""What happened at a community event: its record, and the one it replaces."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.database import WriteSession
from app.domain.events import EventStatus, check_recordable
from app.domain.identity import Caller
from app.errors import InvalidRequestError, PreconditionRequiredError
from app.models.base import require_version
from app.models.events import CommunityEvent, EventRecord
from app.models.priorities import Concern
from app.operations.events import lock_event, note_event, touch_event
from app.schemas.events import EventRecordIn


async def record_event(
    session: WriteSession,
    caller: Caller,
    event_id: UUID,
    *,
    record: EventRecordIn,
    now: datetime,
    expected: int | None = None,
    may_replace: bool = False,
) -> tuple[CommunityEvent, bool]:
    """Record what happened at an event, which is then held; return it and whether it is the first.

    A record is replaced only by a caller who has read the one before (`may_replace`), which goes to
    the audit trail.
    """
    event = await lock_event(session, caller, event_id)
    former = None if event.record is None else _record_as_json(event.record)
    if former is not None and not may_replace:
        raise PreconditionRequiredError(
            "This event has a record: send If-Match with the ETag you read to replace it.",
            pointer="If-Match",
        )
    require_version(event, expected)
    check_recordable(EventStatus(event.status), event.starts_at, now=now)
    await _check_concerns(session, record.concerns_raised)
    values = record.model_dump()
    if event.record is None:
        event.record = EventRecord(event_id=event.id)
    for name, value in {**values, "recorded_at": now, "recorded_by": caller.subject}.items():
        setattr(event.record, name, value)
    event.status = EventStatus.HELD.value
    touch_event(event, now)
    note_event(session, caller, "record_event", event, detail={"before": former, "after": values})
    await session.flush()
    return event, former is None


def _record_as_json(record: EventRecord) -> dict[str, Any]:
    return {
        "attendance": record.attendance,
        "attendance_method": record.attendance_method,
        "notes": record.notes,
        "concerns_raised": record.concerns_raised,
        "recorded_at": record.recorded_at.isoformat(),
        "recorded_by": record.recorded_by,
    }


async def _check_concerns(session: WriteSession, raised: Iterable[str]) -> None:
    known = set(await session.scalars(select(Concern.slug)))
    for slug in raised:
        if slug not in known:
            raise InvalidRequestError(
                f"There is no concern {slug}; see /v1/concerns.", pointer=f"/concerns_raised/{slug}"
            )
