"""Refusals about boards, facilities and publications."""

from app.errors.requests import ConflictError, InvalidRequestError


class BoardClosedError(ConflictError):
    """The board is not at work on that day."""

    code = "board_closed"
    title = "The board is not at work then"


class MeetingMoveRefusedError(ConflictError):
    """The board meeting cannot become that from where it stands now."""

    code = "meeting_move_refused"
    title = "The meeting cannot become that"


class FacilityClosedError(ConflictError):
    """The facility is not open on that day, so it keeps no hours."""

    code = "facility_closed"
    title = "The facility is not open then"


class FacilityOutsideBoroughError(InvalidRequestError):
    """The facility's point lies outside the borough it is said to serve."""

    code = "facility_outside_borough"
    title = "Outside the facility's borough"


class ReleaseWithdrawnError(ConflictError):
    """The release was withdrawn before; it stays so."""

    code = "release_withdrawn"
    title = "The release is withdrawn"
