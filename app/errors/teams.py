"""Refusals about officers, postings and abstractions."""

from app.errors.requests import ConflictError, InvalidRequestError


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
