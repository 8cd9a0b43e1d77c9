"""The whole count of a poll: its record, its sentences, its doubts and what it refuses."""

from fractions import Fraction
from typing import Any

import pytest

from app.domain.counting import (
    InvalidResamplesError,
    InvalidSeatsError,
    InvalidSeedError,
    PollCount,
    Profile,
    UnknownRuleError,
    count_poll,
    list_standing_demand,
    unrepresented_share,
)

SEED = bytes(range(32))
LABELS = {"a": "Burglary", "b": "Drug dealing", "c": "Fly-tipping", "d": "Noise", "e": "Speeding"}


def poll(*groups: tuple[int, str]) -> Profile:
    return Profile.from_weighted("abcde", [(tuple(ticks), weight) for weight, ticks in groups])


MIXED = poll((41, "a"), (30, "ab"), (22, "bc"), (9, "cd"), (7, "d"), (5, ""))


def record(
    profile: Profile, rule: str = "phragmen", seats: int = 2, *, resamples: int = 20
) -> dict[str, Any]:
    counted = count_poll(profile, seats, rule, seed=SEED, resamples=resamples)
    return counted.to_json(LABELS)


def sentences(profile: Profile, rule: str, seats: int = 2) -> list[str]:
    return [step["sentence"] for step in record(profile, rule, seats)["trace"]]


def test_refuses_bad_places_rules_seeds_and_resamples() -> None:
    with pytest.raises(InvalidSeatsError):
        count_poll(MIXED, 0, seed=SEED)
    with pytest.raises(UnknownRuleError):
        count_poll(MIXED, 2, "plurality", seed=SEED)
    with pytest.raises(InvalidSeedError):
        count_poll(MIXED, 2, seed=b"")
    for resamples in (-1, True, 2.5):
        with pytest.raises(InvalidResamplesError):
            count_poll(MIXED, 2, seed=SEED, resamples=resamples)  # type: ignore[arg-type] # on purpose


def test_the_record_holds_everything_a_recount_needs() -> None:
    answer = record(MIXED)
    assert answer["method"] == "ward-priorities-counting/1"
    assert answer["rule"] == "phragmen"
    assert answer["seats"] == 2
    assert answer["options"] == list("abcde")
    assert answer["voters"] == "109/1"
    assert answer["abstentions"] == "5/1"
    assert answer["chosen"] + answer["reserves"] + answer["unsupported"] == list("abcde")
    assert answer["unsupported"] == ["e"]
    assert answer["tie_break"]["seed"] == SEED.hex()
    assert len(answer["tie_break"]["order"]) == 5


def test_phragmen_s_steps_read_as_plain_words() -> None:
    first, second, *reserves = sentences(MIXED, "phragmen")
    assert first == (
        "Burglary is chosen first: its 71 supporters would each carry 0.0141 of a place, the "
        "least of all remaining concerns; next nearest was Drug dealing at 0.0192."
    )
    assert second == (
        "Drug dealing is chosen second: its 52 supporters would each carry 0.0274 of a place, "
        "the least of all remaining concerns; next nearest was Fly-tipping at 0.0323."
    )
    assert reserves[0].startswith("Fly-tipping is reserve 1: its 31 supporters would each carry")
    assert reserves[1] == (
        "Noise is reserve 2: its 16 supporters would each carry 0.0916 of a place, and no other "
        "is left."
    )


def test_equal_shares_steps_read_as_plain_words() -> None:
    first, second = sentences(MIXED, "equal_shares")[:2]
    assert first == (
        "Burglary is chosen first: its 71 supporters can buy a place for at most 0.0141 of its "
        "cost each, the lowest price of all remaining concerns."
    )
    assert second.startswith(
        "Drug dealing is chosen second by Phragmén's rule: money left over once used, its 52 "
        "supporters would each carry "
    )


def test_pav_and_approval_steps_read_as_plain_words() -> None:
    group, first, *_ = sentences(MIXED, "pav")
    assert group == (
        "Burglary and Drug dealing score 108 together, the most of all groups of 2; next nearest "
        "was Burglary and Fly-tipping at 102."
    )
    assert first.startswith("Burglary is ranked first: it adds 71 to the score, the most of all")
    assert sentences(MIXED, "approval")[0] == (
        "Burglary is chosen first with 71 ticks, the most of all remaining concerns; next nearest "
        "was Drug dealing at 52."
    )


def test_a_tie_says_who_tied_and_that_the_frozen_order_decided() -> None:
    first, second, last = sentences(poll((1, "a"), (1, "b"), (1, "c")), "approval", 1)
    assert "tied with that, and the frozen tie-break decided." in first
    assert " and " in first.split(";")[1].split(" tied")[0]
    assert second.startswith(tuple(f"{name} is reserve 1 with 1 tick," for name in LABELS.values()))
    assert last.endswith("and no other is left.")


def test_sentences_show_enough_figures_to_tell_two_numbers_apart() -> None:
    close = poll((1_000_001, "a"), (1_000_000, "b"))
    assert "0.000000999999 of a place" in sentences(close, "phragmen")[0]
    assert "next nearest was Drug dealing at 0.000001000000" in sentences(close, "phragmen")[0]


def test_an_option_without_a_label_goes_by_its_id() -> None:
    trace: Any = count_poll(MIXED, 1, seed=SEED, resamples=0).to_json()["trace"]
    assert trace[0]["sentence"].startswith("a is chosen first")


def test_approval_is_compared_and_the_difference_explained() -> None:
    answer = record(poll((60, "abc"), (40, "de")), seats=2)["comparison"]
    assert len(answer["only_here"]) == len(answer["only_by_approval"]) == 1
    assert answer["unrepresented_by_approval"] == "2/5"
    assert (
        "40.0 % of voters with none of their ticks chosen; it is 0.0 % here" in answer["sentence"]
    )
    same = record(MIXED)["comparison"]
    assert same["sentence"] == "Plain approval would have chosen the same concerns."


def test_the_unrepresented_are_a_share_of_those_who_ticked_something() -> None:
    assert unrepresented_share(MIXED, "ab") == Fraction(16, 109)
    assert unrepresented_share(poll((3, "")), "ab") == 0
    assert record(MIXED)["unrepresented"]["share"] == "16/109"


def test_standing_demand_is_more_than_a_share_of_one_above_the_places() -> None:
    profile = poll((60, "ab"), (30, "c"), (30, "d"))
    assert list_standing_demand(profile, "ac", 2)[0].option == "b"
    assert [demand.option for demand in list_standing_demand(profile, "ab", 3)] == []
    assert [demand.option for demand in list_standing_demand(profile, "ab", 4)] == ["c", "d"]
    said = record(poll((60, "ab"), (30, "c"), (29, "d")), seats=3)["standing_demand"]
    assert said == []


def test_a_near_tie_is_one_in_a_hundred_voters_and_at_least_one_ballot() -> None:
    for lead, near in ((4, True), (5, False)):
        profile = poll((100, "a"), (50 + lead, "b"), (50, "c"))
        answer = record(profile, seats=2)["near_ties"]
        assert answer["limit"] == 2
        assert [item["rivals"] for item in answer["items"]] == ([["c"]] if near else [])
    few = record(poll((9, "a"), (5, "b"), (3, "c")), seats=2)["near_ties"]
    assert (few["limit"], few["items"][0]["ballots"]) == (1, 1)
    assert few["items"][0]["changes_chosen"] is True
    assert few["items"][0]["sentence"] == (
        "Drug dealing and Fly-tipping were nearly level: moving 1 ballot from one to the other "
        "would make them so."
    )


def test_near_ties_among_the_chosen_change_the_order_alone() -> None:
    item = record(poll((50, "a"), (50, "b"), (3, "c")), seats=2)["near_ties"]["items"][0]
    assert item["ballots"] == 0
    assert item["changes_chosen"] is False
    assert "were level; the frozen tie-break decided" in item["sentence"]


def test_near_ties_among_the_reserves_are_no_news() -> None:
    assert (
        record(poll((50, "a"), (30, "b"), (3, "c"), (3, "d")), seats=1)["near_ties"]["items"] == []
    )


def test_certificates_say_who_falls_short_by_how_much() -> None:
    claim = record(MIXED)["certificates"]["ejr_plus"]["claims"][0]
    assert claim["sentence"] == (
        "Noise was ticked by 16 voters who each have fewer than 1 of their ticks chosen; 54.5000 "
        "would be entitled to it, so they are 38.5000 short."
    )
    under = record(poll((70, "abc"), (35, "d")), "approval", 3)["certificates"]
    assert not under["ejr_plus"]["satisfied"]
    assert under["pjr_plus"]["claims"][0]["sentence"].endswith("so they are under-served.")


def test_a_poll_without_ballots_has_a_whole_record_too() -> None:
    for rule in ("phragmen", "equal_shares", "pav", "approval"):
        answer = record(poll(), rule)
        assert answer["chosen"] == answer["trace"] == []
        assert answer["unsupported"] == list("abcde")
        assert answer["stability"] == {"resamples": 0, "chosen_in": []}


def test_a_count_is_a_frozen_value() -> None:
    counted = count_poll(MIXED, 2, seed=SEED, resamples=3)
    assert isinstance(counted, PollCount)
    assert counted == count_poll(MIXED, 2, seed=SEED, resamples=3)
    with pytest.raises(AttributeError):
        counted.unrepresented = Fraction(0)  # type: ignore[misc] # on purpose
