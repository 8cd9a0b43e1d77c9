"""A frozen result as it may be told: to everybody by its turnout, to the auditor in full."""

from typing import Any
from uuid import UUID

from app.database import ReadSession
from app.domain.disclosure import FEWEST, FEWEST_EXACT, STEP, Disclosure, Figures, disclose, in_full
from app.domain.identity import LEADERS, OVERSEERS, Caller, Role
from app.domain.polls import PollStatus
from app.errors import ResultNotPublishedError
from app.models.polls import Poll, PollResult
from app.operations.polls_queries import get_poll
from app.schemas.poll_results import (
    AccountOut,
    LevelGroupOut,
    PollResultOut,
    RankedOptionOut,
    ResultTurnoutOut,
)

NOTES = {
    Disclosure.WITHHELD: f"Fewer than {FEWEST} ballots: nothing more is told, so that nobody's "
    "choice shows.",
    Disclosure.ROUNDED: f"Few ballots, or all agreed: counts are rounded to {STEP}, and the exact "
    "account is left out, so that nobody's choice shows.",
    Disclosure.EXACT: f"At least {FEWEST_EXACT} ballots: counts are exact.",
}
NOTE_IN_FULL = "For the auditor: every figure is exact, whatever the turnout. Do not pass it on."


async def get_result(session: ReadSession, caller: Caller | None, poll_id: UUID) -> PollResultOut:
    """Return a result: once published to anyone, once counted to its leaders and overseers."""
    poll = await get_poll(session, caller, poll_id)
    result = None
    if poll.status == PollStatus.PUBLISHED or _sees_counted(caller, poll):
        result = await session.get(PollResult, poll_id)
    if result is None:
        raise ResultNotPublishedError("published result of poll", poll_id)
    return show_result(poll, result, full=caller is not None and caller.role is Role.AUDITOR)


def figures_of(result: PollResult, *, full: bool = False) -> Figures:
    """Return the numbers of a result that may be told, or all of them."""
    by_level = {int(level): ballots for level, ballots in result.by_level.items()}
    telling = in_full if full else disclose
    return telling(result.ballots, result.superseded, result.count["approvals"], by_level)


def show_result(poll: Poll, result: PollResult, *, full: bool = False) -> PollResultOut:
    """Return a result in the shape that crosses the wire; `full` leaves nothing out."""
    figures, count = figures_of(result, full=full), result.count
    told = figures.disclosure is not Disclosure.WITHHELD
    exact = figures.disclosure is Disclosure.EXACT
    return PollResultOut(
        poll=poll.id,
        ward=poll.ward_code,
        status=PollStatus(poll.status),
        rule=poll.rule,
        seats=poll.seats,
        disclosure=figures.disclosure,
        note=NOTE_IN_FULL if full else NOTES[figures.disclosure],
        turnout=ResultTurnoutOut(
            ballots=figures.ballots,
            rounded_to=STEP if figures.disclosure is Disclosure.ROUNDED else None,
            fewer_than=None if told else FEWEST,
        ),
        superseded=figures.superseded,
        chosen=[UUID(option) for option in count["chosen"]] if told else None,
        options=_ranked(poll, count, figures) if told else None,
        by_level=[LevelGroupOut.model_validate(g) for g in figures.by_level] if told else None,
        account=AccountOut.model_validate(_account(count)) if exact else None,
        accounted_for=None if (left := count.get("unaccounted")) is None else left == 0,
        manifest_sha256=poll.manifest_sha256 or "",
        counted_at=result.counted_at,
        published_at=poll.published_at,
    )


def _ranked(poll: Poll, count: dict[str, Any], figures: Figures) -> list[RankedOptionOut]:
    """Return the options in their order: the chosen, then the reserves where these may be told."""
    exact = figures.disclosure is Disclosure.EXACT
    told = [*count["chosen"], *(count["reserves"] if exact else ())]
    places = {option: place for place, option in enumerate(told, 1)}
    ranked = [
        RankedOptionOut(
            id=option.id,
            concern=option.concern,
            text=option.text,
            rank=places.get(str(option.id)),
            chosen=str(option.id) in count["chosen"],
            approvals=figures.approvals[str(option.id)],
            nearly_all=figures.approvals[str(option.id)] is None,
        )
        for option in poll.options
    ]
    return sorted(ranked, key=lambda option: option.rank or len(ranked) + 1)


def _account(count: dict[str, Any]) -> dict[str, Any]:
    return {name: count[name] for name in AccountOut.model_fields}


def _sees_counted(caller: Caller | None, poll: Poll) -> bool:
    if caller is None:
        return False
    if caller.role in OVERSEERS:
        return True
    return caller.role in LEADERS and caller.reaches(
        borough_code=poll.borough_code, ward_code=poll.ward_code
    )
