"""Refusals about community events."""

from app.errors.requests import ConflictError, InvalidRequestError


class EventMoveRefusedError(ConflictError):
    """The event cannot become that from where it stands now."""

    code = "event_move_refused"
    title = "The event cannot become that"


class EventClosedError(ConflictError):
    """The event has begun or is over, so what was announced is edited no more."""

    code = "event_closed"
    title = "The event is closed to edits"


class EventNotStartedError(ConflictError):
    """The event has not begun, so there is nothing to record."""

    code = "event_not_started"
    title = "The event has not begun"


class EventOutsideBoroughError(InvalidRequestError):
    """The event's point or one of its wards lies outside the borough that holds it."""

    code = "event_outside_borough"
    title = "Outside the event's borough"
