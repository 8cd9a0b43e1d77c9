"""Profiles and tie-breaks: what is refused, then how ballots are grouped and ties decided."""

from fractions import Fraction
from hashlib import sha256

import pytest

from app.domain.counting import (
    InvalidBallotError,
    InvalidOptionsError,
    InvalidSeedError,
    InvalidWeightError,
    Profile,
    TieBreak,
    UnknownOptionError,
    tie_break_seed,
)

SEED = bytes(range(32))


def test_refuses_a_ballot_for_something_that_is_not_an_option() -> None:
    with pytest.raises(UnknownOptionError, match="'noise' is not an option"):
        Profile.from_ballots(["litter"], [["litter"], ["noise"]])


def test_refuses_a_bare_string_as_a_ballot() -> None:
    with pytest.raises(InvalidBallotError):
        Profile.from_ballots(["a", "b"], ["ab"])


@pytest.mark.parametrize("options", [[], ["litter", "litter"]])
def test_refuses_no_options_and_repeated_ones(options: list[str]) -> None:
    with pytest.raises(InvalidOptionsError):
        Profile.from_ballots(options, [])


@pytest.mark.parametrize("weight", [-1, Fraction(-1, 3), 1.5, True])
def test_refuses_a_weight_that_is_negative_inexact_or_a_truth_value(weight: int) -> None:
    with pytest.raises(InvalidWeightError):
        Profile.from_weighted(["a"], [(["a"], weight)])


def test_equal_ballots_add_up_whatever_the_order_of_their_ticks() -> None:
    profile = Profile.from_ballots(["a", "b"], [["a", "b"], ["b", "a"], {"b"}, ["b", "b"]])
    assert profile.shape.masks == (0b10, 0b11)
    assert profile.weights == (2, 2)
    assert profile.support == (2, 4)


def test_abstentions_are_counted_apart() -> None:
    profile = Profile.from_ballots(["a", "b"], [[], ["a"], []])
    assert profile.abstentions == 2
    assert profile.voters == 1
    assert profile.supported == (0,)


def test_fractional_weights_stay_exact() -> None:
    weighted = [(["a"], Fraction(1, 3)), (["b"], Fraction(1, 2)), ([], Fraction(1, 6))]
    profile = Profile.from_weighted(["a", "b"], weighted)
    assert profile.scale == 6
    assert profile.weights == (2, 3)
    assert profile.voters == Fraction(5, 6)
    assert profile.abstentions == Fraction(1, 6)


def test_a_ballot_of_no_weight_leaves_no_trace() -> None:
    assert Profile.from_weighted(["a"], [(["a"], 0)]) == Profile.from_ballots(["a"], [])


@pytest.mark.parametrize("seed", [b"", b"short", bytes(33), "x" * 32])
def test_refuses_a_seed_that_is_not_32_bytes(seed: bytes) -> None:
    with pytest.raises(InvalidSeedError):
        TieBreak.draw(("a",), seed)
    with pytest.raises(InvalidSeedError):
        tie_break_seed(seed, SEED)
    with pytest.raises(InvalidSeedError):
        tie_break_seed(SEED, seed)


def test_the_tie_break_seed_is_the_digest_of_manifest_and_closing() -> None:
    assert tie_break_seed(SEED, bytes(32)) == sha256(SEED + bytes(32)).digest()


def test_ties_go_to_the_option_with_the_smallest_digest() -> None:
    options = ("fly-tipping", "burglary", "noise", "vélos")
    ties = TieBreak.draw(options, SEED)
    by_hand = sorted(options, key=lambda option: sha256(SEED + option.encode("utf-8")).digest())
    assert list(ties.order) == by_hand
    assert [options[place] for place in ties.sort(range(4))] == by_hand
    assert options[ties.first([1, 2, 3])] == next(o for o in by_hand if o != "fly-tipping")
    assert ties.digests[0] == sha256(SEED + by_hand[0].encode()).hexdigest()


def test_another_seed_gives_another_order() -> None:
    options = tuple("abcdefgh")
    orders = {TieBreak.draw(options, bytes([byte] * 32)).order for byte in range(20)}
    assert len(orders) == 20
    assert len({order[0] for order in orders}) > 4
