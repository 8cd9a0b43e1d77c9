"""Refusals about polls and ballots."""

from app.errors.requests import (
    ConflictError,
    InvalidRequestError,
    NotAllowedError,
    NotFoundError,
    ServiceError,
)


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


class ParticipationNotPublishedError(NotFoundError):
    """Who took part is told once, when every poll of the round is published or cancelled."""

    code = "participation_not_published"
    title = "Not published yet"


class RepresentationNotPublishedError(NotFoundError):
    """Who took part by group is told once, soon after every poll of the round is published."""

    code = "representation_not_published"
    title = "Not published yet"


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


class NoHeadYetError(ServiceError):
    """The poll's log has no head yet."""

    code = "no_head_yet"
    title = "No head of the log yet"


class LeafNotInLogError(ServiceError):
    """The newest head of the poll's log does not hold this leaf."""

    code = "leaf_not_in_log"
    title = "The leaf is not in the log"


class PollNotCountedError(ConflictError):
    """Only a counted poll's ballots can be opened a second time."""

    code = "poll_not_counted"
    title = "The poll is not counted"


class ChallengeClosedError(ConflictError):
    """The time in which the result could be challenged is over."""

    code = "challenge_closed"
    title = "The result can no longer be challenged"


class KeysDestroyedError(ConflictError):
    """The round's keys were destroyed; its envelopes open no more."""

    code = "keys_destroyed"
    title = "The round's keys are destroyed"


class RoundNotOverError(ConflictError):
    """A poll of the round is not done with, or its result may still be challenged."""

    code = "round_not_over"
    title = "The round's keys are still needed"


class BundleUnavailableError(NotFoundError):
    """The poll was scheduled before there was a public log, so there is nothing to recount from."""

    code = "bundle_unavailable"
    title = "The poll has no public log"
