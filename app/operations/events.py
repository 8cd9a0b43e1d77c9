"""Community events: preparing, changing and moving them, and recording what happened."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.database import WriteSession
from app.domain.events import (
    OPEN_STATUSES,
    EventStatus,
    check_move,
    check_times,
)
from app.domain.identity import Caller
from app.errors import (
    EventClosedError,
    EventOutsideBoroughError,
    InvalidRequestError,
    NotFoundError,
    OutsideTerritoryError,
)
from app.geometry import coordinates_of, point, stored
from app.models.base import require_version
from app.models.events import CommunityEvent, EventWard
from app.operations import audit
from app.operations.atlas import EditionIndex
from app.schemas.events import CoordinatesIn, EventIn, EventPatchIn

COORDINATE_DIGITS = 6


async def create_event(
    session: WriteSession,
    caller: Caller,
    *,
    event: EventIn,
    now: datetime,
    atlas_index: EditionIndex,
) -> CommunityEvent:
    """Prepare an event as a draft of the caller's own area."""
    _require_all_wards(caller, event.borough, event.wards)
    check_times(event.starts_at, event.ends_at)
    _check_wards(atlas_index, event.borough, event.wards)
    fields = event.model_dump(exclude={"borough", "wards", "location"})
    row = CommunityEvent(
        **{name: _in_utc(value) for name, value in fields.items()},
        borough_code=event.borough,
        location=_located(atlas_index, event.borough, event.location),
        status=EventStatus.DRAFT.value,
        status_reason=None,
        ical_sequence=0,
        version=1,
        published_at=None,
        created_at=now,
        updated_at=now,
        wards=[EventWard(ward_code=code) for code in sorted(event.wards)],
        record=None,
    )
    session.add(row)
    await session.flush()
    note_event(session, caller, "create_event", row, detail=event.model_dump(mode="json"))
    return row


async def edit_event(
    session: WriteSession,
    caller: Caller,
    event_id: UUID,
    *,
    patch: EventPatchIn,
    expected: int | None,
    now: datetime,
    atlas_index: EditionIndex,
) -> CommunityEvent:
    """Change an event's announced facts, and then its status where the patch names one."""
    event = await lock_event(session, caller, event_id)
    require_version(event, expected)
    fields = patch.model_dump()
    wanted, reason = fields.pop("status", None), fields.pop("reason", None)
    _require_all_wards(
        caller, event.borough_code, [*ward_codes_of(event), *fields.get("wards", ())]
    )
    old_start = event.starts_at
    if fields:
        _refuse_late_edit(event, now=now)
        before = _apply(event, fields, atlas_index)
        touch_event(event, now)
        after = patch.model_dump(mode="json", include=set(fields))
        detail = {"before": before, "after": after}
        note_event(session, caller, "edit_event", event, reason=reason, detail=detail)
    if wanted is not None:
        rescheduled = event.starts_at != old_start and event.starts_at > now
        move = _Move(EventStatus(wanted), reason, rescheduled=rescheduled)
        _move(session, caller, event, move, now=now)
    await session.flush()
    return event


async def move_event(
    session: WriteSession,
    caller: Caller,
    event_id: UUID,
    *,
    status: EventStatus,
    now: datetime,
    reason: str | None = None,
) -> CommunityEvent:
    """Move an event to another status, or raise `EventMoveRefusedError`."""
    event = await lock_event(session, caller, event_id)
    _require_all_wards(caller, event.borough_code, ward_codes_of(event))
    _move(session, caller, event, _Move(status, reason), now=now)
    await session.flush()
    return event


def touches(caller: Caller, event: CommunityEvent) -> bool:
    """Whether the caller may act in the event's borough or in one of its wards."""
    return any(
        caller.reaches(borough_code=event.borough_code, ward_code=code)
        for code in (None, *ward_codes_of(event))
    )


async def lock_event(session: WriteSession, caller: Caller, event_id: UUID) -> CommunityEvent:
    """Return an event of the caller's area, held for this transaction, with its wards and record.

    Any one of its wards is area enough to record a shared event; changing it needs them all. A
    draft of another area is not there at all.
    """
    statement = (
        select(CommunityEvent)
        .where(CommunityEvent.id == event_id)
        .options(selectinload(CommunityEvent.wards), selectinload(CommunityEvent.record))
        .with_for_update()
    )
    event = (await session.scalars(statement)).first()
    if event is None or (event.status == EventStatus.DRAFT and not touches(caller, event)):
        raise NotFoundError("event", event_id)
    if not touches(caller, event):
        raise OutsideTerritoryError("You have no posting in any area of this event today.")
    return event


@dataclass(frozen=True, slots=True)
class _Move:
    wanted: EventStatus
    reason: str | None = None
    rescheduled: bool = False


def _move(
    session: WriteSession, caller: Caller, event: CommunityEvent, move: _Move, *, now: datetime
) -> None:
    former, wanted, reason = EventStatus(event.status), move.wanted, move.reason
    ended = event.ends_at <= now
    check_move(former, wanted, ended=ended, rescheduled=move.rescheduled, reason=reason)
    event.status = wanted.value
    event.status_reason = None if wanted is EventStatus.PUBLISHED else reason
    touch_event(event, now)
    if event.published_at is None:
        event.published_at = now
    detail = {"before": {"status": former.value}, "after": {"status": wanted.value}}
    note_event(session, caller, "move_event", event, reason=reason, detail=detail)


def ward_codes_of(event: CommunityEvent) -> list[str]:
    """Return the codes of the wards an event serves, in order."""
    return [link.ward_code for link in event.wards]


def _require_all_wards(caller: Caller, borough_code: str, ward_codes: Iterable[str]) -> None:
    for ward_code in tuple(ward_codes) or (None,):
        caller.require_territory(borough_code=borough_code, ward_code=ward_code)


def _check_wards(index: EditionIndex, borough_code: str, ward_codes: Iterable[str]) -> None:
    if not any(entry.borough_code == borough_code for entry in index.entries):
        raise InvalidRequestError(f"There is no borough {borough_code}.", pointer="/borough")
    for place, code in enumerate(ward_codes):
        entry = index.by_code.get(code)
        if entry is None or entry.borough_code != borough_code:
            raise EventOutsideBoroughError(
                f"{code} is no ward of {borough_code} today.", pointer=f"/wards/{place}"
            )


def _located(index: EditionIndex, borough_code: str, place: CoordinatesIn | None) -> Any:
    if place is None:
        return None
    entry = index.ward_at(place.lng, place.lat)
    if entry is None or entry.borough_code != borough_code:
        where = "outside London" if entry is None else f"in {entry.borough_name}"
        raise EventOutsideBoroughError(
            f"That point lies {where}, not in {borough_code}.", pointer="/location"
        )
    return stored(point(round(place.lng, COORDINATE_DIGITS), round(place.lat, COORDINATE_DIGITS)))


def _refuse_late_edit(event: CommunityEvent, *, now: datetime) -> None:
    """Raise where an edit would rewrite what residents were told of something that has happened."""
    if event.status not in OPEN_STATUSES:
        raise EventClosedError(f"This event is {event.status}; its announcement stays as it was.")
    if event.status == EventStatus.PUBLISHED and event.starts_at <= now:
        raise EventClosedError("This event has begun; its announcement stays as it was.")


def _apply(event: CommunityEvent, fields: dict[str, Any], index: EditionIndex) -> dict[str, Any]:
    """Write the fields into the event and return what they were before, as JSON."""
    check_times(fields.get("starts_at", event.starts_at), fields.get("ends_at", event.ends_at))
    before: dict[str, Any] = {}
    for name, value in fields.items():
        before[name] = _as_json(name, getattr(event, name))
        if name == "wards":
            _check_wards(index, event.borough_code, value)
            kept = {link.ward_code: link for link in event.wards}
            event.wards = [kept.get(code, EventWard(ward_code=code)) for code in sorted(value)]
        elif name == "location":
            place = None if value is None else CoordinatesIn(**value)
            event.location = _located(index, event.borough_code, place)
        else:
            setattr(event, name, _in_utc(value))
    return before


def _in_utc(value: Any) -> Any:
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def _as_json(name: str, value: Any) -> Any:
    if name == "wards":
        return [link.ward_code for link in value]
    if name == "location" and value is not None:
        longitude, latitude = coordinates_of(value)
        return {"lat": latitude, "lng": longitude}
    return value.isoformat() if isinstance(value, datetime) else value


def touch_event(event: CommunityEvent, now: datetime) -> None:
    """Mark an event as changed; once it is public its calendar sequence rises too."""
    event.version += 1
    event.updated_at = now
    if event.published_at is not None:
        event.ical_sequence += 1


def note_event(
    session: WriteSession,
    caller: Caller,
    action: str,
    event: CommunityEvent,
    *,
    detail: dict[str, Any],
    reason: str | None = None,
) -> None:
    """Put what the caller did to an event into the audit trail."""
    codes = ward_codes_of(event)
    audit.record(
        session,
        caller,
        action,
        ("event", event.id),
        now=event.updated_at,
        borough_code=event.borough_code,
        ward_code=codes[0] if len(codes) == 1 else None,
        reason=reason,
        detail=detail,
    )
