"""A poll's raked estimate: ballots met with groups in memory, only which way weights move kept."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.database import WriteSession
from app.domain.ballots import options_of
from app.domain.disclosure import FEWEST, Disclosure, coarse_turnout, nearest_five
from app.domain.raking import FEWEST_BALLOTS, Cell, rake, targets_for
from app.domain.representation import Dimension, Group, group_of
from app.domain.weighted_disclosure import Weighed
from app.errors import BallotBoxDamagedError
from app.keyring import Keyring
from app.models.polls import Envelope, Poll, PollResult
from app.operations.demographics import Respondent
from app.operations.poll_results import figures_of
from app.sealing import DamagedEnvelopeError, Opener, associated_data

LEAST_ANSWERED = 0.5
"""A dimension is used only if at least this share of the poll's ballots answered it."""

TOO_FEW_BALLOTS, NO_DIMENSION, NOT_EXACT = "too_few_ballots", "no_usable_dimension", "not_exact"
FEW_TICKS, FEWEST_TICKS = "few_ticks", 1.5
"""Of fewer ticks a ballot weighted shares add up to the whole, and tell each other."""
TAKEN_BACK = "would_tell_groups"
"""What migrations 0020 and 0024 left in the place of estimates of earlier versions."""


@dataclass(frozen=True, slots=True)
class Approved:
    """What the gate let be told of a ward in one dimension, with the census shares beside it."""

    dimension: Dimension
    groups: tuple[Group, ...]
    answered: int | None
    respondents: Mapping[str, int | None]
    shares: Mapping[str, float]

    def why_unusable(self, ballots: int) -> str | None:
        """Return why weights may not use this dimension, by what was told alone."""
        if self.answered is None or any(count is None for count in self.respondents.values()):
            return "hidden_groups"
        if self.answered < max(FEWEST_BALLOTS, LEAST_ANSWERED * ballots):
            return "too_few_answers"
        return None if all(self.shares.values()) else "no_reference"


@dataclass(frozen=True, slots=True)
class Counted:
    """A published poll, what was approved of its ward, and the slots of those who answered."""

    poll: Poll
    result: PollResult
    approved: Sequence[Approved]
    answers: Mapping[bytes, Respondent]


async def estimate_poll(
    session: WriteSession, keyring: Keyring, counted: Counted
) -> dict[str, Any]:
    """Return a poll's estimate as it is kept, or the reason why there is none."""
    poll, result, approved = counted.poll, counted.result, counted.approved
    reasons = {a.dimension.value: a.why_unusable(result.ballots) for a in approved}
    left_out = {d.value: reasons.get(d.value, "no_reference") for d in Dimension}
    left_out = {name: reason for name, reason in left_out.items() if reason is not None}
    if result.ballots < FEWEST_BALLOTS:
        return {"reason": TOO_FEW_BALLOTS, "left_out": {}}
    if figures_of(result).disclosure is not Disclosure.EXACT:
        return {"reason": NOT_EXACT, "left_out": {}}
    if sum(v or 0 for v in figures_of(result).approvals.values()) < FEWEST_TICKS * result.ballots:
        return {"reason": FEW_TICKS, "left_out": {}}
    used = [a for a in approved if reasons[a.dimension.value] is None]
    if not used:
        return {"reason": NO_DIMENSION, "left_out": left_out}
    statement = select(Envelope.slot, Envelope.sealed).where(
        Envelope.poll_id == poll.id, Envelope.quarantined.is_(False)
    )
    rows = [tuple(row) for row in await session.execute(statement)]
    key = keyring.private_key(poll.round_id)
    estimate = await asyncio.to_thread(_estimate, key, counted, rows, used)
    dimensions = [a.dimension.value for a in used]
    return {"reason": None, "left_out": left_out, "dimensions": dimensions, **estimate}


def _estimate(
    key: bytes, counted: Counted, envelopes: Sequence[tuple[Any, ...]], used: Sequence[Approved]
) -> dict[str, Any]:
    """Return what may be kept: which way each option moves, and how the fitting went."""
    poll, result = counted.poll, counted.result
    names = [option["id"] for option in (poll.manifest or {})["options"]]
    cell_of = {
        slot: tuple(group_of(a.groups, known.answers[a.dimension]) for a in used)
        for slot, known in counted.answers.items()
    }
    nobody: Cell = (None,) * len(used)
    opener, bound_to = Opener(key), associated_data(poll.id, poll.manifest_sha256 or "")
    ballots = [
        (cell_of.get(slot, nobody), _open(opener, sealed, bound_to, names))
        for slot, sealed in envelopes
    ]
    cells = Counter(cell for cell, _ in ballots)
    raking = rake(cells, targets_for(cells, [a.shares for a in used]))
    weighed = Weighed(cells, {c: round(weight * 1000) for c, weight in raking.weights.items()})
    official, chosen = figures_of(result).approvals, set(result.count["chosen"])
    options = []
    for name in names:
        ticks = Counter(cell for cell, ticked in ballots if name in ticked)
        may_be_told = weighed.may_be_told(sum(ticks.values()))
        told = {
            "option": name,
            "official": round((official[name] or 0) / result.ballots * 100),
            "chosen": name in chosen,
            "weighted": weighed.moved(ticks).value if may_be_told else None,
        }
        options.append(told)
    return {
        "options": options,
        "effective": coarse_turnout(int(raking.effective)),
        "converged": raking.converged,
        "trimmed": None if 0 < raking.trimmed < FEWEST else nearest_five(raking.trimmed),
    }


def _open(opener: Opener, sealed: bytes, bound_to: bytes, names: Sequence[str]) -> tuple[str, ...]:
    try:
        mask, _ = opener.unseal(sealed, bound_to)
        return options_of(mask, names)
    except (DamagedEnvelopeError, ValueError) as cause:
        raise BallotBoxDamagedError("An envelope does not open; nothing was estimated.") from cause
