"""The verifier's own count against the service's, on random polls, by every rule."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.bundles import result_told
from app.domain.counting import RULES, Profile, TieBreak, count_poll
from tests.bundles import load_verifier

VERIFIER = load_verifier()
SEEDS = st.binary(min_size=32, max_size=32)


@st.composite
def polls(draw: st.DrawFn) -> tuple[list[str], int, list[tuple[int, ...]]]:
    """Options, seats and ballots, as the opened list has them: in order, none empty."""
    options = [f"option-{number}" for number in range(draw(st.integers(2, 7)))]
    ballot = st.sets(st.sampled_from(range(len(options))), min_size=1)
    ballots = draw(st.lists(ballot.map(sorted).map(tuple), max_size=40))
    return options, draw(st.integers(1, min(5, len(options)))), sorted(ballots)


def told(
    options: list[str], seats: int, rule: str, seed: bytes, ballots: list[tuple[int, ...]]
) -> dict[str, Any]:
    """Return what a bundle would say of the service's own count."""
    named = [tuple(options[place] for place in ballot) for ballot in ballots]
    counted = count_poll(Profile.from_ballots(options, named), seats, rule, seed=seed, resamples=0)
    record = counted.to_json()
    approvals = dict(zip(options, counted.profile.support, strict=True))
    return result_told({"chosen": record["chosen"]}, approvals, record)


def anew(
    options: list[str], seats: int, rule: str, seed: bytes, ballots: list[tuple[int, ...]]
) -> dict[str, Any]:
    """Return the same as the verifier works it out."""
    recount = VERIFIER.Recount(options, seats, rule, seed, ballots)
    named = [options[place] for place in recount.ranking]
    return {
        "chosen": named[:seats],
        "reserves": named[seats:],
        "approvals": {option: recount.ticks[place] for place, option in enumerate(options)},
        "trace": recount.trace,
        "certificates": {
            "ejr_plus": recount.certificate(together=False),
            "pjr_plus": recount.certificate(together=True),
        },
    }


@pytest.mark.parametrize("rule", sorted(RULES))
@given(poll=polls(), seed=SEEDS)
@settings(max_examples=150, deadline=None)
def test_both_counts_agree_to_the_last_fraction(rule: str, poll: Any, seed: bytes) -> None:
    options, seats, ballots = poll
    ours = told(options, seats, rule, seed, ballots)
    assert VERIFIER.canonical(anew(options, seats, rule, seed, ballots)) == VERIFIER.canonical(ours)


def test_a_verifier_that_breaks_ties_otherwise_is_seen_to_differ() -> None:
    options, ballots = ["a", "b", "c"], [(0,), (1,), (2,)]
    seeds = [bytes([number]) * 32 for number in range(20)]
    orders = {TieBreak.draw(tuple(options), seed).order for seed in seeds}
    assert len(orders) > 1
    found = {tuple(anew(options, 1, "phragmen", seed, ballots)["chosen"]) for seed in seeds}
    assert len(found) > 1
