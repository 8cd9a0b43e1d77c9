"""Refusals about residents: signing in, proving a home, and what an account can do."""

from app.errors.requests import (
    BusyError,
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    ServiceError,
)


class DisposableAddressError(InvalidRequestError):
    """The mailbox belongs to a provider of throw-away addresses."""

    code = "disposable_address"
    title = "Throw-away addresses are not taken"


class MailNotConfiguredError(BusyError):
    """This service has no way to send mail, so nobody can sign in by mail."""

    code = "mail_not_configured"
    title = "No mail from this service"


class SignInOverError(NotFoundError):
    """The sign-in is unknown, used, replaced by a newer one, or too old."""

    code = "sign_in_over"
    title = "Ask for a new code"

    def __init__(self) -> None:
        ServiceError.__init__(self, "No sign-in is waiting here: ask for a new code.")


class CodeRefusedError(InvalidRequestError):
    """The code or link is not the one that was sent or handed out."""

    code = "code_refused"
    title = "The code is not right"
    keeps_writes = True


class SignInLockedError(ConflictError):
    """Too many wrong codes were typed; only a new sign-in helps."""

    code = "sign_in_locked"
    title = "Too many wrong codes"


class OtherBrowserError(ConflictError):
    """A link works only in the browser that asked for it; the code works there too."""

    code = "other_browser"
    title = "Type the code where you started"


class NotRegisteredHereError(ConflictError):
    """The caller's token comes from an issuer, which says who they are and where they live."""

    code = "not_registered_here"
    title = "Your issuer keeps this"


class ProofRefusedError(InvalidRequestError):
    """The proof of residence is not accepted: not signed by the issuer, too old, or not for us."""

    code = "proof_refused"
    title = "The proof is not accepted"


class ShownOnceError(ConflictError):
    """This was answered before, with secrets that are shown once; what was made stands."""

    code = "shown_once"
    title = "Shown once, not again"


class ProofSpentError(ConflictError):
    """This proof of residence already stands for another sign-in: one person, one vote."""

    code = "proof_spent"
    title = "Proven under another sign-in"
