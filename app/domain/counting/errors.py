"""The refusals of the counting rules, each with a code and its own sentence."""

from typing import ClassVar


class CountingError(ValueError):
    """A count was asked for that cannot be made."""

    code: ClassVar[str] = "counting_refused"


class InvalidOptionsError(CountingError):
    """A poll's options are empty or repeat an id."""

    code = "invalid_options"


class UnknownOptionError(CountingError):
    """A ballot approves something that is not an option of the poll."""

    code = "unknown_option"

    def __init__(self, option: object) -> None:
        """Name the stranger."""
        super().__init__(f"{option!r} is not an option of this poll.")
        self.option = option


class InvalidBallotError(CountingError):
    """A ballot is not a collection of option ids."""

    code = "invalid_ballot"


class InvalidWeightError(CountingError):
    """A ballot's weight is not an exact number of zero or more."""

    code = "invalid_weight"


class InvalidSeatsError(CountingError):
    """The number of places is not between one and the number of options."""

    code = "invalid_seats"

    def __init__(self, seats: object, options: int) -> None:
        """Say what was asked and what there is."""
        super().__init__(f"{seats!r} places cannot be filled from {options} options.")


class InvalidSeedError(CountingError):
    """A tie-break seed or one of its parts is not 32 bytes."""

    code = "invalid_seed"


class InvalidResamplesError(CountingError):
    """The number of bootstrap resamples is negative or not a whole number."""

    code = "invalid_resamples"


class UnknownRuleError(CountingError):
    """A counting rule is not in the registry."""

    code = "unknown_rule"

    def __init__(self, rule: object) -> None:
        """Name the rule."""
        super().__init__(f"{rule!r} is not a counting rule.")


class TooManyCommitteesError(CountingError):
    """Exact PAV would have to compare more committees than the service allows."""

    code = "too_many_committees"

    def __init__(self, committees: int, limit: int) -> None:
        """Say how much work there would be and how much is allowed."""
        super().__init__(
            f"Exact PAV would need {committees} subset look-ups here; at most {limit} are allowed."
        )
