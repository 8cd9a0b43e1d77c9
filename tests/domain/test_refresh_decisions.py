"""What a decision owes: a reason for every item, and one more where it leaves the poll."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.refresh_decisions import (
    Answer,
    Change,
    Duties,
    changes_between,
    decide_items,
    find_departures,
)
from app.errors import DepartureReasonRequiredError, InvalidRequestError, ReasonRequiredError

SLUGS = ("asb", "burglary", "cycles", "drugs", "fraud")
POLL = Duties(chosen=("asb", "burglary", "cycles"), ranking=SLUGS)


@dataclass(frozen=True)
class Item:
    concern: str
    rank: int
    title: str = "Title"
    objective: dict[str, object] = field(default_factory=dict)
    place: str | None = None


def ranked(*concerns: str) -> list[Item]:
    return [Item(concern, rank) for rank, concern in enumerate(concerns, 1)]


def answers(*concerns: str, departing: bool = False) -> list[Answer]:
    why = "Because." if departing else None
    return [Answer(c, "Reason.", why, f"/priorities/{n}") for n, c in enumerate(concerns)]


def test_the_polls_own_order_departs_from_nothing() -> None:
    assert find_departures(["asb", "burglary", "cycles"], POLL) == {}


def test_a_reserve_in_its_turn_departs_from_nothing() -> None:
    assert find_departures(["asb", "burglary", "cycles", "drugs"], POLL) == {}


@pytest.mark.parametrize(
    ("new", "departing"),
    [
        (["asb", "burglary"], {"cycles"}),
        (["asb", "burglary", "fraud"], {"cycles", "fraud"}),
        (["burglary", "asb", "cycles"], {"asb", "burglary"}),
        (["fraud", "asb", "burglary", "cycles"], {"fraud"}),
        (["noise", "asb", "burglary", "cycles"], {"noise"}),
    ],
)
def test_every_difference_from_the_poll_is_a_departure(new: list[str], departing: set[str]) -> None:
    assert set(find_departures(new, POLL)) == departing


def test_what_was_proposed_for_a_place_the_poll_left_open_departs_from_nothing() -> None:
    short = Duties(chosen=("drugs",), ranking=("drugs",), proposed=("drugs", "asb"))
    assert find_departures(["drugs", "asb"], short) == {}
    assert set(find_departures(["drugs", "fraud"], short)) == {"fraud"}
    assert set(find_departures(["asb"], short)) == {"drugs", "asb"}


def test_nothing_departs_without_a_poll() -> None:
    assert find_departures(["fraud"], Duties(must_answer={"asb": "Many asked."})) == {}


@pytest.mark.parametrize("owed", ["old", "chosen", "flagged", "proposed"])
def test_refuses_silence_about_what_it_owes(owed: str) -> None:
    old = ranked("drugs") if owed == "old" else []
    duties = {
        "old": Duties(),
        "chosen": Duties(chosen=("drugs",), ranking=("drugs",)),
        "flagged": Duties(must_answer={"drugs": "Many asked."}),
        "proposed": Duties(proposed=("drugs", "asb")),
    }[owed]
    with pytest.raises(ReasonRequiredError) as refused:
        decide_items(old, ranked("asb"), answers("asb", departing=True), duties)
    assert [mistake.pointer for mistake in refused.value.mistakes] == ["/dropped"]


def test_refuses_a_departure_without_its_own_reason() -> None:
    with pytest.raises(DepartureReasonRequiredError) as refused:
        decide_items([], ranked("fraud"), answers("fraud", "asb", "burglary", "cycles"), POLL)
    assert len(refused.value.mistakes) == 4


def test_refuses_two_answers_about_one_concern() -> None:
    with pytest.raises(InvalidRequestError):
        decide_items([], ranked("asb"), answers("asb", "asb"), Duties())


def test_new_words_outweigh_a_new_place() -> None:
    new = [Item("burglary", 1), Item("asb", 2, title="Other words")]
    changes = changes_between(ranked("asb", "burglary", "fraud"), new)
    assert changes == {
        "asb": Change.REWORDED,
        "burglary": Change.RERANKED,
        "fraud": Change.DROPPED,
    }


subsets = st.lists(st.sampled_from(SLUGS), unique=True)


@given(old=subsets, new=subsets.filter(bool), chosen=subsets, flagged=subsets)
def test_a_full_account_is_always_accepted_and_covers_everything(
    old: list[str], new: list[str], chosen: list[str], flagged: list[str]
) -> None:
    duties = Duties(
        chosen=tuple(chosen),
        ranking=tuple(chosen),
        must_answer=dict.fromkeys(flagged, "Many asked."),
    )
    everything = [*new, *(slug for slug in SLUGS if slug not in new)]
    items = decide_items(ranked(*old), ranked(*new), answers(*everything, departing=True), duties)
    assert [item.concern for item in items[: len(new)]] == new
    assert [item.new_rank for item in items[: len(new)]] == list(range(1, len(new) + 1))
    by_concern = {item.concern: item.change for item in items}
    for slug in SLUGS:
        is_old, is_new = slug in old, slug in new
        if is_old and is_new:
            assert by_concern[slug] in {Change.KEPT, Change.RERANKED}
        else:
            expected = {(True, False): Change.DROPPED, (False, True): Change.ADDED}
            assert by_concern[slug] is expected.get((is_old, is_new), Change.NOT_TAKEN)
