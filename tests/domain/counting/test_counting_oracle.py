"""Every rule against committees computed by abcvoting 2.19.2 (see make_oracle.py)."""

import gzip
import json
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest

from app.domain.counting import RULES, Profile, TieBreak, count_sequential_pav

SEED = b"oracle".ljust(32, b".")
COUNTS = {name: rule.count for name, rule in RULES.items()}
COUNTS["sequential_pav"] = count_sequential_pav

Case = tuple[int, int, list[tuple[int, str]], dict[str, list[int]]]


@cache
def cases() -> list[Case]:
    path = Path(__file__).with_name("oracle.json.gz")
    loaded: list[Case] = json.loads(gzip.decompress(path.read_bytes()))["cases"]
    return loaded


def profile_of(options: int, ballots: list[tuple[int, str]]) -> Profile:
    names = [f"concern-{place}" for place in range(options)]
    return Profile.from_weighted(
        names,
        (
            ([name for place, name in enumerate(names) if mask >> place & 1], Fraction(weight))
            for mask, weight in ballots
        ),
    )


def test_the_oracle_holds_over_a_thousand_polls_of_every_size() -> None:
    assert len(cases()) >= 1000
    assert {options for options, *_ in cases()} == set(range(3, 13))
    assert {seats for _, seats, *_ in cases()} == set(range(1, 6))
    assert any("/" in weight for *_, ballots, _ in cases() for _, weight in ballots)


@pytest.mark.parametrize("rule", COUNTS)
def test_our_committee_is_among_those_of_the_oracle(rule: str) -> None:
    strangers = []
    for number, (options, seats, ballots, answers) in enumerate(cases()):
        profile = profile_of(options, ballots)
        chosen = COUNTS[rule](profile, seats, TieBreak.draw(profile.options, SEED)).chosen
        if profile.mask_of(chosen) not in answers[rule]:
            strangers.append(number)
    assert strangers == []


@pytest.mark.parametrize("rule", COUNTS)
def test_tie_breaks_reach_every_tied_committee_and_no_other(rule: str) -> None:
    seeds = [bytes([byte]) * 32 for byte in range(60)]
    tied = [case for case in cases() if len(case[3][rule]) in {2, 3}][:12]
    assert tied
    for options, seats, ballots, answers in tied:
        profile = profile_of(options, ballots)
        draws = (TieBreak.draw(profile.options, seed) for seed in seeds)
        found = {profile.mask_of(COUNTS[rule](profile, seats, ties).chosen) for ties in draws}
        assert found <= set(answers[rule])
        assert len(found) > 1
