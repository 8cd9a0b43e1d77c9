"""The refusals a caller can act on: a class, a code that never changes, and one sentence."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple


class Mistake(NamedTuple):
    """One of several things wrong with a request: where, and what."""

    pointer: str
    message: str


class ServiceError(Exception):
    """A refusal; subclasses name the situation and `app.problems` gives it an HTTP status."""

    code: ClassVar[str] = "service_error"
    title: ClassVar[str] = "The request was refused"

    def __init__(
        self, detail: str, *, pointer: str | None = None, mistakes: Sequence[Mistake] = ()
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.pointer = pointer
        self.mistakes = (Mistake(pointer, detail), *mistakes) if pointer else tuple(mistakes)


class NotFoundError(ServiceError):
    """There is no such thing, or the caller may not know of it."""

    code = "not_found"
    title = "Not found"

    def __init__(self, what: str, key: object) -> None:
        super().__init__(f"There is no {what} {key}.")


class OutsideCoverageError(ServiceError):
    """The place lies outside London's wards."""

    code = "outside_coverage"
    title = "Outside London"


class PostcodeNotFoundError(ServiceError):
    """The postcode is not a live London postcode in the loaded table."""

    code = "postcode_not_found"
    title = "Postcode not found"


class BoundariesUnknownError(ServiceError):
    """No boundary edition is loaded for the day asked about."""

    code = "boundaries_unknown"
    title = "No boundaries for that day"


class InvalidRequestError(ServiceError):
    """The request is well-formed JSON or query, but asks for something that makes no sense."""

    code = "invalid_request"
    title = "Invalid request"


class BoundaryFileError(InvalidRequestError):
    """A file of wards that cannot be read, or must not be."""

    code = "boundary_file_refused"
    title = "Boundary file refused"


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


class UnknownParameterError(ServiceError):
    """A query parameter that this operation does not have."""

    code = "unknown_parameter"
    title = "Unknown query parameter"


class InvalidCursorError(ServiceError):
    """The paging cursor was not issued for this list."""

    code = "invalid_cursor"
    title = "Invalid cursor"


class IdempotencyKeyRequiredError(ServiceError):
    """A staff or partner POST without an Idempotency-Key."""

    code = "idempotency_key_required"
    title = "Idempotency-Key required"


class IdempotencyKeyReusedError(ServiceError):
    """The Idempotency-Key was used before with another request."""

    code = "idempotency_key_reused"
    title = "Idempotency-Key reused"


class NotAuthenticatedError(ServiceError):
    """No credential, or one that is not accepted."""

    code = "not_authenticated"
    title = "Sign-in needed"


class NotAllowedError(ServiceError):
    """The caller is known and may not do this."""

    code = "not_allowed"
    title = "Not allowed"


class OutsideTerritoryError(NotAllowedError):
    """The caller has no live posting in the ward or borough."""

    code = "outside_territory"
    title = "Outside your area"


class NotAcceptableError(ServiceError):
    """None of the formats asked for is offered."""

    code = "not_acceptable"
    title = "Format not offered"


class PreconditionRequiredError(ServiceError):
    """An edit without If-Match."""

    code = "precondition_required"
    title = "If-Match required"


class StaleVersionError(ServiceError):
    """The thing has changed since the caller read it."""

    code = "stale_version"
    title = "Changed meanwhile"


class ConflictError(ServiceError):
    """The request clashes with how things stand now."""

    code = "conflict"
    title = "Conflict"


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


class EditionRefusedError(ConflictError):
    """A boundary edition that fails its checks or does not fit in time."""

    code = "edition_refused"
    title = "Boundary edition refused"


class RefreshInProgressError(ConflictError):
    """The ward has a refresh in progress already."""

    code = "refresh_in_progress"
    title = "A refresh is in progress"


class RefreshClosedError(ConflictError):
    """The refresh was published or abandoned before."""

    code = "refresh_closed"
    title = "The refresh is closed"


class BusyError(ServiceError):
    """The service cannot answer now; trying again shortly is right."""

    code = "busy"
    title = "Try again shortly"


class ReasonRequiredError(InvalidRequestError):
    """An act that must be explained came without a reason."""

    code = "reason_required"
    title = "Reason required"


class PollMoveRefusedError(ConflictError):
    """A poll cannot go from its present status to the one asked for."""

    code = "poll_move_refused"
    title = "The poll cannot move to that status now"


class PollFrozenError(ConflictError):
    """What a poll asks, and how it is counted, was fixed when it was scheduled."""

    code = "poll_frozen"
    title = "The poll was fixed when it was scheduled"


class PollExistsError(ConflictError):
    """The ward has a poll in this round already."""

    code = "poll_exists"
    title = "The ward has a poll in this round"


class ResultNotPublishedError(NotFoundError):
    """The result is not counted or not published yet, or the caller may not see it before that."""

    code = "result_not_published"
    title = "No result to show yet"


class WardNotInForceError(ConflictError):
    """The ward does not exist on that day; nothing new starts in a closed one."""

    code = "ward_not_in_force"
    title = "Ward no longer in force"


class NotPolicedByMetError(ConflictError):
    """The place is policed by another force, which has its own teams and priorities."""

    code = "not_policed_by_met"
    title = "Not policed by the Met"


class SubjectTakenError(ConflictError):
    """Another officer already has this sign-in."""

    code = "subject_taken"
    title = "Sign-in belongs to another officer"


class FullTimeExceededError(ConflictError):
    """The officer's postings would add up to more than one full-time officer on some day."""

    code = "full_time_exceeded"
    title = "More than full time"


class AbstractionOverlapError(ConflictError):
    """The officer is already recorded as away on some of the days."""

    code = "abstraction_overlap"
    title = "Already recorded as away"


class AbstractionOutsidePostingError(InvalidRequestError):
    """The abstraction has days on which the posting does not run."""

    code = "abstraction_outside_posting"
    title = "Outside the posting"


class WardOutsideBoroughError(InvalidRequestError):
    """The ward named does not lie in the borough named."""

    code = "ward_outside_borough"
    title = "Ward and borough do not fit"


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


class PollNotOpenError(ConflictError):
    """The poll takes no ballots: not begun, over or cancelled, by the database's clock."""

    code = "poll_not_open"
    title = "The poll is not open"


class UnknownOptionError(InvalidRequestError):
    """A ballot names an option that the poll does not have."""

    code = "unknown_option"
    title = "Unknown option"


class NotYourWardError(NotAllowedError):
    """A resident votes in the poll of a ward they do not live in."""

    code = "not_your_ward"
    title = "Not your ward's poll"


class AssuranceTooLowError(NotAllowedError):
    """The round asks for better proof of who and where the resident is."""

    code = "assurance_too_low"
    title = "Better proof of residence needed"


class PollOpenedBeforeError(ConflictError):
    """The poll's ballots were opened already; they are opened once."""

    code = "poll_opened_before"
    title = "The ballots were opened already"


class KeysMissingError(ServiceError):
    """A key that ballots need is not in the key store: a fault that an operator must repair."""

    code = "keys_missing"
    title = "A key is missing"


class BallotBoxDamagedError(ServiceError):
    """An envelope does not open; nothing was counted."""

    code = "ballot_box_damaged"
    title = "An envelope does not open"


class PollNotClosedError(ConflictError):
    """The poll's ballots cannot be opened: it is not closed, or will never be counted."""

    code = "poll_not_closed"
    title = "The poll is not closed"


class BallotNotRecordedError(ServiceError):
    """The database refused a ballot for a reason of its own: a fault, and nothing was recorded."""

    code = "ballot_not_recorded"
    title = "The ballot was not recorded"
