"""Second openings as they cross the wire: whether they agree, never what a ballot said."""

from uuid import UUID

from pydantic import Field

from app.schemas.base import Instant, Out


class SecondOpeningOut(Out):
    """That an auditor opened a poll's envelopes again, and whether everything came out alike."""

    id: UUID
    poll_id: UUID
    opened_at: Instant
    role: str
    agrees: bool = Field(
        description="Same ballots, every leaf in the log, none left over, same result."
    )


class DifferencesOut(Out):
    """How many things a second opening found otherwise; all zero if it agrees."""

    damaged: int = Field(description="Envelopes that do not open.")
    only_in_envelopes: int = Field(description="Ballots opened now and not on the list.")
    only_on_list: int = Field(description="Ballots on the list that no envelope holds.")
    altered_leaves: int = Field(description="Envelopes whose leaf is not the hash of them.")
    not_in_log: int = Field(description="Envelopes whose leaf is not in the public log.")
    false_covers: int = Field(description="Leaves marked as covers without being one.")
    unaccounted: int | None = Field(
        description="By how much the casts in the logs of the whole round differ from those that "
        "its envelopes number; null where a poll of the round is from before there were logs."
    )
    other_result: int = Field(description="1 if the ballots opened now choose other options.")


class SecondOpeningReportOut(SecondOpeningOut):
    """The same with its numbers, for the auditor who made it."""

    ballots: int
    differences: DifferencesOut
