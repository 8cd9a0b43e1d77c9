"""Refusals about priorities, evidence and refreshes."""

from app.errors.requests import ConflictError, InvalidRequestError


class ActiveSetExistsError(ConflictError):
    """The ward has active priorities; they change by a refresh, which gives its reasons."""

    code = "active_set_exists"
    title = "The ward has active priorities"


class PrioritySetSupersededError(ConflictError):
    """The ward's active set is not the one this change was made for."""

    code = "priority_set_superseded"
    title = "Another set is active"


class PrioritySetClosedError(ConflictError):
    """The priority belongs to a set that is no longer active."""

    code = "priority_set_closed"
    title = "The set is no longer active"


class PriorityEndedError(ConflictError):
    """The priority has ended or was carried forward."""

    code = "priority_ended"
    title = "The priority has ended"


class OutcomeRequiredError(ConflictError):
    """A priority ends only by an outcome that says how, who claims it and on what evidence."""

    code = "outcome_required"
    title = "Ending needs an outcome"


class IllegalPriorityMoveError(ConflictError):
    """The priority cannot be moved from its status to the one asked for."""

    code = "illegal_priority_move"
    title = "Not a possible move"


class UnknownConcernError(InvalidRequestError):
    """A concern that is not one of the service's."""

    code = "unknown_concern"
    title = "Unknown concern"


class IncoherentEvidenceError(InvalidRequestError):
    """A finding whose dates and figures do not fit together."""

    code = "incoherent_evidence"
    title = "The evidence contradicts itself"


class DepartureReasonRequiredError(InvalidRequestError):
    """A decision departs from the poll without saying why."""

    code = "departure_reason_required"
    title = "A departure from the poll needs its own reason"


class RefreshInProgressError(ConflictError):
    """The ward has a refresh in progress already."""

    code = "refresh_in_progress"
    title = "A refresh is in progress"


class RefreshClosedError(ConflictError):
    """The refresh was published or abandoned before."""

    code = "refresh_closed"
    title = "The refresh is closed"


class PollUnpublishedError(ConflictError):
    """A refresh would tell what a poll chose before the poll's own result does."""

    code = "poll_unpublished"
    title = "The poll's result is not published yet"
