"""Examples with answers known from the literature or worked by hand."""

from collections.abc import Iterable
from fractions import Fraction

import pytest

from app.domain.counting import (
    RULES,
    Count,
    InvalidSeatsError,
    Profile,
    Stage,
    TieBreak,
    TooManyCommitteesError,
    UnknownRuleError,
    count_sequential_pav,
    get_rule,
)

SEED = b"a seed of exactly thirty-two by."


def poll(*groups: tuple[int, str], options: str = "abcde") -> Profile:
    return Profile.from_weighted(options, [(tuple(ticks), weight) for weight, ticks in groups])


def count(profile: Profile, seats: int, rule: str) -> Count:
    return get_rule(rule).count(profile, seats, TieBreak.draw(profile.options, SEED))


def chosen(profile: Profile, seats: int, rule: str) -> str:
    return "".join(sorted(count(profile, seats, rule).chosen))


EXAMPLE_11 = poll((6, "abc"), (4, "abcde"), (2, "abde"), (3, "de"))
"""Lackner and Skowron, Multi-Winner Voting with Approval Preferences, example 11 of the survey."""

EXAMPLE_5 = poll((3, "ab"), (6, "ad"), (4, "b"), (5, "c"), (5, "cd"), options="abcd")
"""The same, example 5."""

THIELE = poll(
    *((960, "acd"), (3000, "bcd"), (520, "bc"), (1620, "ab"), (1081, "ad")),
    *((1240, "ac"), (360, "bd"), (360, "d"), (120, "c"), (60, "b")),
    options="abcd",
)
"""Janson 2016, Phragmén's and Thiele's election methods, example 13.3, due to Thiele."""


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("seats", [0, -1, 6, True, 1.0, "3"])
def test_refuses_places_that_cannot_be_filled(rule: str, seats: int) -> None:
    with pytest.raises(InvalidSeatsError):
        count(EXAMPLE_11, seats, rule)


@pytest.mark.parametrize("rule", ["borda", "", "Phragmen", None, []])
def test_refuses_a_rule_that_is_not_registered(rule: str) -> None:
    with pytest.raises(UnknownRuleError):
        get_rule(rule)


def test_refuses_exact_pav_where_too_many_groups_would_be_compared() -> None:
    options = [f"option-{place}" for place in range(30)]
    profile = Profile.from_ballots(options, [options])
    with pytest.raises(TooManyCommitteesError, match="at most 1000000"):
        count(profile, 10, "pav")


def test_phragmen_and_equal_shares_part_ways_in_example_11() -> None:
    assert chosen(EXAMPLE_11, 4, "phragmen") == "abde"
    assert chosen(EXAMPLE_11, 4, "equal_shares") in {"abcd", "abce"}


def test_equal_shares_pays_the_prices_of_example_11() -> None:
    trace = count(EXAMPLE_11, 4, "equal_shares").trace
    assert [step.stage for step in trace[:3]] == [Stage.PRICE] * 3
    assert [step.amount for step in trace[:2]] == [Fraction(1, 12), Fraction(1, 12)]
    assert trace[2].amount == Fraction(1, 10)
    assert trace[2].options == ("c",)
    assert trace[3].amount == Fraction(4, 15)
    assert sorted(trace[3].tied) == [("d",), ("e",)]
    assert [step.stage for step in trace[3:]] == [Stage.PRICE, Stage.COMPLETION]


def test_pav_and_its_sequential_form_part_ways_in_example_5() -> None:
    assert chosen(EXAMPLE_5, 2, "pav") == "ac"
    ties = TieBreak.draw(EXAMPLE_5.options, SEED)
    assert set(count_sequential_pav(EXAMPLE_5, 2, ties).chosen) == set("cd")


def test_thiele_s_own_example_comes_out_as_he_said() -> None:
    assert chosen(THIELE, 2, "pav") == "ab"
    assert count_sequential_pav(THIELE, 2, TieBreak.draw(THIELE.options, SEED)).chosen == ("c", "a")


def test_phragmen_shares_the_loads_worked_by_hand() -> None:
    profile = poll((6, "ab"), (4, "c"), options="abc")
    trace = count(profile, 2, "phragmen").trace
    assert trace[0].amount == Fraction(1, 6)
    assert trace[0].options[0] in "ab"
    assert {r.options[0]: r.amount for r in trace[0].rivals}["c"] == Fraction(1, 4)
    assert trace[1].options == ("c",)
    assert trace[1].amount == Fraction(1, 4)
    assert trace[1].rivals[0].amount == Fraction(1 + 6 * Fraction(1, 6), 6)
    assert trace[2].amount == Fraction(1, 3)


def test_a_minority_of_a_third_gets_one_place_of_three_except_by_approval() -> None:
    profile = poll((60, "abc"), (40, "de"))
    assert chosen(profile, 3, "approval") == "abc"
    for rule in ("phragmen", "equal_shares", "pav"):
        assert len(set(chosen(profile, 3, rule)) & set("de")) == 1


def test_the_pav_score_of_a_group_is_harmonic() -> None:
    trace = count(EXAMPLE_5, 2, "pav").trace
    assert trace[0].stage is Stage.GROUP
    assert trace[0].amount == 3 + 6 + 5 + 5
    assert trace[0].rivals[0].amount == 6 + 5 + 5 + Fraction(5, 2)
    assert [step.position for step in trace] == [0, 1, 2, 3, 4]


def test_a_tie_is_recorded_with_all_who_tied_and_goes_to_the_frozen_order() -> None:
    profile = poll((5, "a"), (5, "b"), (5, "c"), (1, "d"))
    ties = TieBreak.draw(profile.options, SEED)
    expected = tuple(option for option in ties.order if option in "abc")
    for rule in ("phragmen", "equal_shares", "approval"):
        counted = RULES[rule].count(profile, 2, ties)
        assert counted.ranking[:3] == expected
        assert counted.trace[0].tied == tuple((option,) for option in expected)
        assert counted.trace[1].tied == tuple((option,) for option in expected[1:])
        assert counted.trace[3].tied == ()
    best = RULES["pav"].count(profile, 2, ties)
    assert best.chosen == expected[:2]
    assert set(best.trace[0].tied[0]) == set(expected[:2])
    assert len(best.trace[0].tied) == 3


def test_the_trace_of_pav_lists_at_most_a_dozen_of_the_tied_groups() -> None:
    profile = poll(*((1, option) for option in "abcdefgh"), options="abcdefgh")
    groups = count(profile, 3, "pav").trace[0]
    assert len(groups.tied) == 12
    assert len(groups.rivals) == 11


@pytest.mark.parametrize("rule", RULES)
def test_choosing_without_a_trace_breaks_ties_alike(rule: str) -> None:
    profile = poll(*((3, option) for option in "abcde"))
    for byte in range(10):
        ties = TieBreak.draw(profile.options, bytes([byte]) * 32)
        indexes = RULES[rule].choose(profile, 2, ties)
        assert {profile.options[i] for i in indexes} == set(ties.order[:2])


@pytest.mark.parametrize("rule", RULES)
def test_options_without_support_are_never_chosen_and_places_stay_empty(rule: str) -> None:
    counted = count(poll((3, "a"), (2, "ab")), 4, rule)
    assert counted.ranking == ("a", "b")
    assert counted.chosen == ("a", "b")
    assert counted.reserves == ()


@pytest.mark.parametrize("rule", RULES)
def test_a_poll_without_ballots_chooses_nothing(rule: str) -> None:
    for abstentions in (0, 2):
        counted = count(Profile.from_ballots("abc", [()] * abstentions), 2, rule)
        assert counted.ranking == counted.chosen == ()
        assert counted.trace == ()


def test_a_swap_is_counted_in_ballots_that_bring_winner_and_rival_level() -> None:
    profile = poll((45, "a"), (30, "b"), (25, "c"), options="abc")
    for rule in ("phragmen", "approval"):
        first = count(profile, 1, rule).trace[0]
        assert [rival.ballots_to_swap for rival in first.rivals] == [8, 10]
    bought = count(profile, 3, "equal_shares").trace[0]
    assert [rival.ballots_to_swap for rival in bought.rivals] == [8, 10]
    groups = count(profile, 1, "pav").trace[0]
    assert [rival.ballots_to_swap for rival in groups.rivals] == [8, 10]


def test_a_swap_is_counted_in_whole_ballots_where_weights_are_fractions() -> None:
    weighted = [(["a"], Fraction(45, 2)), (["b"], Fraction(15)), (["c"], Fraction(1, 7))]
    profile = Profile.from_weighted("abc", weighted)
    for rule, seats in (("phragmen", 1), ("approval", 1), ("pav", 1), ("equal_shares", 3)):
        assert count(profile, seats, rule).trace[0].rivals[0].ballots_to_swap == 4


def swapped(groups: Iterable[tuple[int, str]], moved: int) -> Profile:
    shifted = {ticks: weight for weight, ticks in groups}
    shifted["a"] -= moved
    shifted["b"] += moved
    return poll(*((weight, ticks) for ticks, weight in shifted.items()))


@pytest.mark.parametrize("rule", ["phragmen", "equal_shares", "approval"])
def test_moving_the_ballots_to_swap_turns_the_step_and_one_fewer_does_not(rule: str) -> None:
    groups = [(41, "a"), (37, "b"), (20, "ac"), (13, "bd"), (9, "cd"), (6, "e")]
    first = count(poll(*groups), 3, rule).trace[0]
    assert first.options == ("a",)
    needed = next(r.ballots_to_swap for r in first.rivals if r.options == ("b",))
    assert needed == 6
    assert count(swapped(groups, needed), 3, rule).trace[0].options == ("b",)
    assert count(swapped(groups, needed - 1), 3, rule).trace[0].options == ("a",)
