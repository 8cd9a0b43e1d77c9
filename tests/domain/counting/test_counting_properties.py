"""What holds for every poll: proportionality, anonymity, monotonicity and determinism."""

import json
from fractions import Fraction
from math import lcm
from random import Random
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.counting import (
    RULES,
    Count,
    Profile,
    TieBreak,
    certify_ejr_plus,
    certify_pjr_plus,
    count_poll,
)

SEEDS = st.binary(min_size=32, max_size=32)
RULE_NAMES = st.sampled_from(sorted(RULES))
Ballots = list[tuple[str, int]]


class Poll(NamedTuple):
    """A poll and the seed of its tie-break."""

    options: str
    seats: int
    ballots: Ballots
    seed: bytes


@st.composite
def polls(draw: st.DrawFn) -> Poll:
    options = "abcdefgh"[: draw(st.integers(2, 8))]
    seats = draw(st.integers(1, min(5, len(options))))
    ticks = st.sets(st.sampled_from(options)).map(lambda found: "".join(sorted(found)))
    ballots = draw(st.lists(st.tuples(ticks, st.integers(1, 9)), max_size=14))
    return Poll(options, seats, ballots, draw(SEEDS))


def profile_of(
    options: str, ballots: list[tuple[str, int]] | list[tuple[str, Fraction]]
) -> Profile:
    return Profile.from_weighted(options, [(tuple(ticks), weight) for ticks, weight in ballots])


def count(rule: str, profile: Profile, seats: int, *, seed: bytes) -> Count:
    return RULES[rule].count(profile, seats, TieBreak.draw(profile.options, seed))


@settings(deadline=None)
@given(polls())
def test_phragmen_ranks_the_same_whatever_the_number_of_places(poll: Poll) -> None:
    options, _, ballots, seed = poll
    profile = profile_of(options, ballots)
    rankings = {
        count("phragmen", profile, k, seed=seed).ranking for k in range(1, len(options) + 1)
    }
    assert len(rankings) == 1


@settings(deadline=None)
@given(polls())
def test_phragmen_s_loads_never_fall(poll: Poll) -> None:
    options, seats, ballots, seed = poll
    loads = [
        s.amount for s in count("phragmen", profile_of(options, ballots), seats, seed=seed).trace
    ]
    assert loads == sorted(loads)


@settings(deadline=None)
@given(polls(), st.sampled_from(["pav", "equal_shares"]))
def test_pav_and_equal_shares_always_satisfy_ejr_plus(poll: Poll, rule: str) -> None:
    options, seats, ballots, seed = poll
    profile = profile_of(options, ballots)
    chosen = count(rule, profile, seats, seed=seed).chosen
    assert certify_ejr_plus(profile, chosen, seats).satisfied


@settings(deadline=None)
@given(polls(), st.sampled_from(["phragmen", "pav", "equal_shares"]))
def test_every_proportional_rule_satisfies_pjr_plus(poll: Poll, rule: str) -> None:
    options, seats, ballots, seed = poll
    profile = profile_of(options, ballots)
    certificate = certify_pjr_plus(profile, count(rule, profile, seats, seed=seed).chosen, seats)
    assert certificate is not None
    assert certificate.satisfied


@settings(deadline=None)
@given(polls(), RULE_NAMES)
def test_a_weight_counts_as_so_many_ballots(poll: Poll, rule: str) -> None:
    options, seats, ballots, seed = poll
    weighted = profile_of(options, ballots)
    one_by_one = [tuple(ticks) for ticks, weight in ballots for _ in range(weight)]
    repeated = Profile.from_ballots(options, one_by_one)
    assert repeated == weighted
    assert count(rule, repeated, seats, seed=seed) == count(rule, weighted, seats, seed=seed)


@settings(deadline=None)
@given(polls(), RULE_NAMES, st.randoms(use_true_random=False))
def test_the_order_of_the_ballots_does_not_matter(poll: Poll, rule: str, shuffler: Random) -> None:
    options, seats, ballots, seed = poll
    shuffled = list(ballots)
    shuffler.shuffle(shuffled)
    first = count(rule, profile_of(options, ballots), seats, seed=seed)
    assert count(rule, profile_of(options, shuffled), seats, seed=seed) == first


@settings(deadline=None)
@given(polls(), RULE_NAMES, st.permutations("abcdefgh"))
def test_the_order_of_the_options_does_not_matter(poll: Poll, rule: str, order: list[str]) -> None:
    options, seats, ballots, seed = poll
    mixed = "".join(option for option in order if option in options)
    first = count(rule, profile_of(options, ballots), seats, seed=seed)
    assert count(rule, profile_of(mixed, ballots), seats, seed=seed).ranking == first.ranking


@settings(deadline=None)
@given(polls(), RULE_NAMES, st.integers(1, 50))
def test_abstentions_change_nothing(poll: Poll, rule: str, abstentions: int) -> None:
    options, seats, ballots, seed = poll
    without = count(rule, profile_of(options, ballots), seats, seed=seed)
    assert (
        count(rule, profile_of(options, [*ballots, ("", abstentions)]), seats, seed=seed) == without
    )


@settings(deadline=None)
@given(polls(), RULE_NAMES, st.fractions(Fraction(1, 12), 12, max_denominator=12))
def test_scaling_every_weight_changes_no_ranking(poll: Poll, rule: str, factor: Fraction) -> None:
    options, seats, ballots, seed = poll
    scaled = [(ticks, weight * factor) for ticks, weight in ballots]
    first = count(rule, profile_of(options, ballots), seats, seed=seed)
    again = count(rule, profile_of(options, scaled), seats, seed=seed)
    assert again.ranking == first.ranking
    inverse = first.trace and first.trace[0].stage.value in {"load", "price", "completion"}
    ratios = [a.amount / f.amount for a, f in zip(again.trace, first.trace, strict=True)]
    assert all(ratio == (1 / factor if inverse else factor) for ratio in ratios)


@settings(deadline=None)
@given(polls(), RULE_NAMES)
def test_choosing_agrees_with_counting(poll: Poll, rule: str) -> None:
    options, seats, ballots, seed = poll
    profile = profile_of(options, ballots)
    if profile.supported:
        ties = TieBreak.draw(profile.options, seed)
        chosen = RULES[rule].choose(profile, seats, ties)
        assert {options[place] for place in chosen} == set(
            count(rule, profile, seats, seed=seed).chosen
        )


@settings(deadline=None, max_examples=40)
@given(polls(), RULE_NAMES)
def test_a_whole_count_is_the_same_twice_and_survives_json(poll: Poll, rule: str) -> None:
    options, seats, ballots, seed = poll
    records = [
        count_poll(profile_of(options, list(each)), seats, rule, seed=seed, resamples=5).to_json()
        for each in (ballots, ballots[::-1])
    ]
    assert records[0] == records[1]
    assert json.loads(json.dumps(records[0])) == records[0]
    assert "." not in json.dumps(exact_parts(records[0]))


def exact_parts(record: object) -> object:
    """Return a record without its sentences; a decimal point in it would be an inexact number."""
    if isinstance(record, dict):
        return {key: exact_parts(part) for key, part in record.items() if key != "sentence"}
    if isinstance(record, list):
        return [exact_parts(part) for part in record]
    return record


@settings(deadline=None)
@given(polls(), st.integers(1, 9))
def test_equal_shares_never_spends_more_than_there_is(poll: Poll, divisor: int) -> None:
    options, seats, ballots, seed = poll
    shares = [(ticks, Fraction(weight, divisor)) for ticks, weight in ballots]
    profile = profile_of(options, shares)
    bought = [
        step
        for step in count("equal_shares", profile, seats, seed=seed).trace
        if step.stage.value == "price"
    ]
    assert len(bought) <= seats
    assert [step.amount for step in bought] == sorted(step.amount for step in bought)
    assert profile.scale <= lcm(*range(1, 10))
