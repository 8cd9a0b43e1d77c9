"""The count: a closed poll's ballots opened once, counted by its manifest, the result frozen."""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.database import WriteSession
from app.domain.ballots import OpenedChoices
from app.domain.counting import PollCount, Profile, count_poll, tie_break_seed
from app.domain.disclosure import disclosure_of
from app.domain.polls import MAX_LEVEL, TIE_BREAK
from app.keyring import Keyring
from app.models.log import TreeHead
from app.models.polls import Poll, PollResult
from app.operations.ballot_accounts import count_box, count_false_covers, count_unaccounted
from app.operations.ballots import open_poll

logger = logging.getLogger(__name__)


async def count_ballots(
    session: WriteSession, keyring: Keyring, poll: Poll, *, at: datetime
) -> PollResult:
    """Open and count a closed poll whose row is locked, its options and round loaded.

    Where the round's logs and envelopes disagree the result says so for good. A refusal would throw
    away everybody's ballots for the few that are gone, and let whoever took them stop any poll.
    """
    opened = await open_poll(session, keyring, poll)
    profile = Profile.from_ballots((str(option.id) for option in poll.options), opened.choices)
    commitment = await closing_commitment_of(session, poll, opened)
    seed = tie_break_seed(bytes.fromhex(poll.manifest_sha256 or ""), commitment)
    # Resampling takes up to two seconds, in which the process goes on answering others.
    counted = await asyncio.to_thread(count_poll, profile, poll.seats, poll.rule, seed=seed)
    unaccounted = await count_unaccounted(session, poll.round_id)
    if unaccounted is not None:
        unaccounted += await count_false_covers(session, poll.id)
    if unaccounted:
        logger.error("ballots unaccounted for", extra={"poll": str(poll.id), "casts": unaccounted})
    result = PollResult(
        poll_id=poll.id,
        ballots=len(opened.choices),
        superseded=(await count_box(session, poll.id)).superseded,
        by_level=_by_level(poll.round.min_level, opened.by_level),
        profile=_distinct(poll, opened.choices),
        count={**_record(poll, counted, commitment), "unaccounted": unaccounted},
        counted_at=at,
    )
    session.add(result)
    await session.flush()
    return result


async def closing_commitment_of(session: WriteSession, poll: Poll, opened: OpenedChoices) -> bytes:
    """Return what the tie-break is drawn from: the root of the poll's finished log.

    A manifest from before there was a log names the hash over the current ballots' leaves instead.
    That one would let anybody who guesses try which leaves are current, so it is drawn no more.
    """
    if (poll.manifest or {}).get("tie_break") != TIE_BREAK:
        return opened.closing_commitment
    newest = select(TreeHead.root).where(TreeHead.poll_id == poll.id)
    root: bytes = (
        await session.execute(newest.order_by(TreeHead.number.desc()).limit(1))
    ).scalar_one()
    return root


def _record(poll: Poll, counted: PollCount, commitment: bytes) -> dict[str, Any]:
    approvals = approvals_of(counted.profile)
    labels = {str(option.id): option.text for option in poll.options}
    return {
        **counted.to_json(labels),
        "approvals": approvals,
        "closing_commitment": commitment.hex(),
        "disclosure": disclosure_of(counted.profile.total, approvals.values()),
    }


def approvals_of(profile: Profile) -> dict[str, int]:
    """Return how many ballots approve each option."""
    return dict(zip(profile.options, profile.support, strict=True))


def _by_level(min_level: int, by_level: dict[int, int]) -> dict[str, int]:
    return {str(level): by_level.get(level, 0) for level in range(min_level, MAX_LEVEL + 1)}


def _distinct(poll: Poll, choices: Iterable[tuple[str, ...]]) -> list[dict[str, Any]]:
    """Return the distinct ballots with their weights, in an order that only they decide."""
    places = {str(option.id): place for place, option in enumerate(poll.options)}
    weights = Counter(tuple(sorted(set(ballot), key=places.__getitem__)) for ballot in choices)
    return [
        {"approved_options": list(ballot), "weight": weight}
        for ballot, weight in sorted(weights.items())
    ]
