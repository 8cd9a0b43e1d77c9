"""What every request can be refused for: the bases of the others."""

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
    keeps_writes: ClassVar[bool] = False
    """Whether what was written before the refusal stays: a wrong code is counted."""

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


class InvalidRequestError(ServiceError):
    """The request is well-formed JSON or query, but asks for something that makes no sense."""

    code = "invalid_request"
    title = "Invalid request"


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


class BusyError(ServiceError):
    """The service cannot answer now; trying again shortly is right."""

    code = "busy"
    title = "Try again shortly"


class ReasonRequiredError(InvalidRequestError):
    """An act that must be explained came without a reason."""

    code = "reason_required"
    title = "Reason required"


class NotReadyError(BusyError):
    """The database, its schema or the boundaries are not there yet."""

    code = "not_ready"
    title = "Not ready"


class QuotaExceededError(ServiceError):
    """This address, caller or person has used its quota up for now."""

    code = "quota_exceeded"
    title = "Too many requests"

    def __init__(self, policy: str, seconds: int) -> None:
        super().__init__(f"The quota {policy!r} is used up; try again in {seconds} s.")
        self.seconds = seconds


class IssuerUnavailableError(BusyError):
    """The token issuer's keys could not be had yet, so nobody's token can be checked."""

    code = "issuer_unavailable"
    title = "The token issuer cannot be reached"


class SecondPersonRequiredError(NotAllowedError):
    """An act that takes two people was tried by the one who took the first step."""

    code = "second_person_required"
    title = "Somebody else must do this"


class PartnerKeyMoveRefusedError(ConflictError):
    """A partner's key cannot come to that status: it is over, or two others are live."""

    code = "partner_key_move_refused"
    title = "The key cannot move to that status now"


class ApprovalClosedError(ConflictError):
    """The request was carried out, withdrawn or has expired."""

    code = "approval_closed"
    title = "The request is closed"
