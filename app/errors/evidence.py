"""Refusals about files of evidence."""

from app.errors.requests import InvalidRequestError


class EvidenceFileError(InvalidRequestError):
    """A file of counts or scores that cannot be read, or must not be."""

    code = "evidence_file_refused"
    title = "Evidence file refused"
