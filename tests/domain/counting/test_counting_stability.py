"""Bootstrap resamples: exact coins, the right law, the same every time, and bounded work."""

from fractions import Fraction
from hashlib import shake_256
from math import comb

import pytest

from app.domain.counting import RULES, Profile, TieBreak
from app.domain.counting.resampling import Coins, Resampler
from app.domain.counting.stability import Stability, affordable_resamples, get_stability

SEED = b"stability".ljust(32, b".")


def stability(
    profile: Profile, seats: int, rule: str = "phragmen", *, resamples: int = 200
) -> Stability:
    ties = TieBreak.draw(profile.options, SEED)
    return get_stability(profile, seats, RULES[rule], ties=ties, resamples=resamples)


def test_the_coins_are_the_published_stream() -> None:
    stream = shake_256(b"seed" + bytes(8)).digest(8192)
    coins = Coins(b"seed")
    assert coins.heads(16) == int.from_bytes(stream[:2]).bit_count()
    assert coins.heads(3) == (stream[2] >> 5).bit_count()
    assert coins.heads(8) == stream[3].bit_count()


def test_the_coins_go_on_beyond_one_block_and_for_long_rows() -> None:
    coins = Coins(b"seed")
    coins.heads(8192 * 8)
    second = shake_256(b"seed" + (1).to_bytes(8)).digest(8192)
    assert coins.heads(8) == second[0].bit_count()
    longest = shake_256(b"seed" + (2).to_bytes(8)).digest(20_000)
    assert coins.heads(160_000) == int.from_bytes(longest).bit_count()


@pytest.mark.parametrize(("chance", "out_of"), [(1, 3), (1, 2), (5, 7), (1, 1000)])
def test_successes_follow_the_binomial_law(chance: int, out_of: int) -> None:
    coins, trials, draws = Coins(b"law"), 6, 20_000
    seen = [0] * (trials + 1)
    for _ in range(draws):
        seen[coins.successes(trials, chance, out_of)] += 1
    p = Fraction(chance, out_of)
    for wins, times in enumerate(seen):
        expected = draws * comb(trials, wins) * p**wins * (1 - p) ** (trials - wins)
        assert abs(times - expected) <= 4 * max(float(expected), 4) ** 0.5


def test_a_resample_keeps_the_number_of_voters_and_the_shape() -> None:
    weighted: list[tuple[list[str], int | Fraction]] = [
        (["a"], Fraction(7, 2)),
        (["b"], Fraction(9, 2)),
        (["a", "b"], 12),
        ([], 4),
    ]
    profile = Profile.from_weighted("abc", weighted)
    drawn = Resampler(profile, Coins(SEED)).draw()
    assert (drawn.total, drawn.scale, drawn.abstaining) == (20, 1, 0)
    assert drawn.shape is profile.shape


def test_the_mean_of_many_resamples_is_the_poll_itself() -> None:
    profile = Profile.from_weighted(
        "abc", [(["a"], 100), (["b"], 30), (["c"], 3), (["a", "c"], 67)]
    )
    resampler = Resampler(profile, Coins(SEED))
    totals = [0] * 4
    for _ in range(400):
        totals = [sum(pair) for pair in zip(totals, resampler.draw().weights, strict=True)]
    for total, weight in zip(totals, profile.weights, strict=True):
        assert abs(total / 400 - weight) < 4 * (weight / 400) ** 0.5


def test_a_clear_result_is_stable_and_a_close_one_is_not() -> None:
    profile = Profile.from_weighted("abc", [(["a"], 80), (["b"], 20), (["c"], 20)])
    ties = TieBreak.draw(profile.options, SEED)
    found = get_stability(profile, 2, RULES["phragmen"], ties=ties, resamples=200)
    assert found.share("a") == 1
    close = found.share("b")
    assert close is not None
    assert Fraction(3, 10) < close < Fraction(7, 10)
    assert sum(times for _, times in found.chosen_in) == 400


@pytest.mark.parametrize("rule", RULES)
def test_the_same_seed_gives_the_same_shares(rule: str) -> None:
    profile = Profile.from_weighted("abc", [(["a"], 8), (["b"], 9), (["c", "b"], 7)])
    assert stability(profile, 2, rule, resamples=30) == stability(profile, 2, rule, resamples=30)


def test_nothing_is_resampled_when_nobody_or_less_than_one_voter_ticked() -> None:
    empty = Profile.from_ballots("ab", [[], []])
    sliver = Profile.from_weighted("ab", [(["a"], Fraction(1, 2))])
    for profile in (empty, sliver):
        ties = TieBreak.draw(profile.options, SEED)
        found = get_stability(profile, 1, RULES["phragmen"], ties=ties, resamples=9)
        assert found.resamples == 0
        assert found.share("a") is None


def test_fewer_resamples_are_made_where_each_costs_much() -> None:
    options = [f"o{place}" for place in range(14)]
    ticks = [[options[i] for i in range(14) if mask >> i & 1] for mask in range(1, 9000)]
    wide = Profile.from_ballots(options, ticks)
    narrow = Profile.from_ballots(options, ticks[:200])
    huge = Profile.from_weighted(options, [(["o0"], 10**8)])
    phragmen, pav = RULES["phragmen"], RULES["pav"]
    assert affordable_resamples(narrow, 3, phragmen, resamples=200) == 200
    assert affordable_resamples(wide, 3, phragmen, resamples=200) == 44
    assert affordable_resamples(wide, 3, pav, resamples=200) == 20
    assert affordable_resamples(huge, 3, phragmen, resamples=200) == 20
    assert affordable_resamples(huge, 3, phragmen, resamples=7) == 7
