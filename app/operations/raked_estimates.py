"""A poll's raked estimate: ballots met with groups in memory, only rounded weighted sums kept."""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy import select

from app.database import WriteSession
from app.domain.ballots import options_of
from app.domain.counting import Profile, TieBreak, get_rule, tie_break_seed
from app.domain.disclosure import FEWEST, Disclosure, coarse_turnout, nearest_five
from app.domain.intervals import wilson
from app.domain.raking import FEWEST_BALLOTS, Cell, Raking, rake, targets_for
from app.domain.representation import Dimension, Group, group_of
from app.domain.weighted_disclosure import WHOLE, People, Ranges, Weighed
from app.errors import BallotBoxDamagedError
from app.keyring import Keyring
from app.models.polls import Envelope, Poll, PollResult
from app.operations.demographics import Respondent
from app.operations.poll_results import figures_of
from app.sealing import DamagedEnvelopeError, Opener, associated_data

THOUSAND = 1000
LEAST_ANSWERED = 0.5
"""A dimension is used only if at least this share of the poll's ballots answered it."""

TOO_FEW_BALLOTS, NO_DIMENSION, NOT_EXACT = "too_few_ballots", "no_usable_dimension", "not_exact"
TAKEN_BACK = "would_tell_groups"
"""What migration 0020 left in the place of estimates of an earlier version."""


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
    used = [a for a in approved if reasons[a.dimension.value] is None]
    if not used:
        return {"reason": NO_DIMENSION, "left_out": left_out}
    statement = select(Envelope.slot, Envelope.sealed).where(
        Envelope.poll_id == poll.id, Envelope.quarantined.is_(False)
    )
    rows = [tuple(row) for row in await session.execute(statement)]
    key = keyring.private_key(poll.round_id)
    made = await asyncio.to_thread(_estimate, key, counted, rows, used)
    official = figures_of(result).approvals
    chosen = set(result.count["chosen"])
    options = [
        {
            **told,
            "official": _percent((official[told["option"]] or 0) / result.ballots),
            "chosen": told["option"] in chosen,
        }
        for told in made.pop("options")
    ]
    dimensions = [a.dimension.value for a in used]
    kept = {"reason": None, "left_out": left_out, "dimensions": dimensions}
    return {**kept, **made, "options": options}


def _estimate(
    key: bytes, counted: Counted, envelopes: Sequence[tuple[Any, ...]], used: Sequence[Approved]
) -> dict[str, Any]:
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
    weights = {cell: round(weight * THOUSAND) for cell, weight in raking.weights.items()}
    fractions = {cell: Fraction(weight, THOUSAND) for cell, weight in weights.items()}
    profile = Profile.from_weighted(names, ((ticks, fractions[cell]) for cell, ticks in ballots))
    commitment = bytes.fromhex(result.count["closing_commitment"])
    seed = tie_break_seed(bytes.fromhex(poll.manifest_sha256 or ""), commitment)
    ties = TieBreak.draw(profile.options, seed)
    chosen = {names[o] for o in get_rule(poll.rule).choose(profile, poll.seats, ties)}
    ticks_of = {name: Counter(cell for cell, ticks in ballots if name in ticks) for name in names}
    return _told(raking, Weighed(cells, weights), ticks_of, chosen)


def _open(opener: Opener, sealed: bytes, bound_to: bytes, names: Sequence[str]) -> tuple[str, ...]:
    try:
        mask, _ = opener.unseal(sealed, bound_to)
        return options_of(mask, names)
    except (DamagedEnvelopeError, ValueError) as cause:
        raise BallotBoxDamagedError("An envelope does not open; nothing was estimated.") from cause


def _told(
    raking: Raking, weighed: Weighed, ticks_of: Mapping[str, People], chosen: Collection[str]
) -> dict[str, Any]:
    """Return what may be kept: ranges of percents, what would be chosen, how the fitting went.

    Intervals are those of what is told. Of the weighted count only the choice is told: its order
    could show whose ballots weigh more, and so could a choice between two in one range.
    """
    ranges = Ranges(weighed, [sum(ticks.values()) for ticks in ticks_of.values()])
    told = {option: ranges.of(ticks) for option, ticks in ticks_of.items()}
    sharing = Counter(told.values())
    effective = coarse_turnout(int(raking.effective))
    options = []
    for option, (begin, end) in told.items():
        low, high = wilson(begin / WHOLE, effective)[0], wilson(end / WHOLE, effective)[1]
        percents = {"weighted_from": begin, "weighted_to": end}
        is_chosen = option in chosen if sharing[begin, end] == 1 else None
        interval = {"low": _percent(low), "high": _percent(high)}
        options.append({"option": option, **percents, **interval, "weighted_chosen": is_chosen})
    return {
        "options": options,
        "effective": effective,
        "converged": raking.converged,
        "trimmed": None if 0 < raking.trimmed < FEWEST else nearest_five(raking.trimmed),
    }


def _percent(share: float) -> int:
    return round(share * WHOLE)
