"""Refusals about what other publishers answer."""

from app.errors.requests import ServiceError


class SourceError(ServiceError):
    """Another publisher's server gave nothing that can be used."""

    code = "source_failed"
    title = "Another publisher's data could not be used"


class SourceAwayError(SourceError):
    """The publisher does not answer, is too busy, or fails; asking later may help."""

    code = "source_away"
    title = "Another publisher does not answer"


class SourceRefusedError(SourceError):
    """The publisher refuses the question; asking again would not help."""

    code = "source_refused"
    title = "Another publisher refuses the question"

    def __init__(self, url: str, status: int) -> None:
        super().__init__(f"{url} answers {status}.")
        self.status = status


class SourceForbiddenError(SourceError):
    """The address may not be called from here: not https, or not on the public internet."""

    code = "source_forbidden"
    title = "The address may not be called"


class SourceMalformedError(SourceError):
    """The publisher's answer is not what it is known to give, so none of it is kept."""

    code = "source_malformed"
    title = "Another publisher's answer is malformed"
