"""Refusals about disputes of what a team says it did."""

from app.errors.requests import ConflictError, InvalidRequestError


class NothingToDisputeError(ConflictError):
    """Nobody has said yet how the priority ended or what happened at the event."""

    code = "nothing_to_dispute"
    title = "There is nothing to dispute yet"


class DisputeExistsError(ConflictError):
    """The caller disputes the same thing already, and that dispute is not decided."""

    code = "dispute_exists"
    title = "You dispute this already"


class TooManyDisputesError(ConflictError):
    """The caller has as many unanswered disputes as one person may have."""

    code = "too_many_disputes"
    title = "Too many unanswered disputes"


class DisputeMoveRefusedError(ConflictError):
    """The dispute's state does not allow this step."""

    code = "dispute_move_refused"
    title = "Not a possible step"


class UnknownCommitmentError(InvalidRequestError):
    """The code is not that of a commitment."""

    code = "unknown_commitment"
    title = "Unknown commitment"


class RedactionRefusedError(InvalidRequestError):
    """A redaction without a reason, or one that changes words instead of leaving them out."""

    code = "redaction_refused"
    title = "Not a redaction"
