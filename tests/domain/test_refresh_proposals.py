"""The rule of a proposal: the poll leads, each source has one voice, nobody is forgotten."""

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.evidence import CrimeTrend
from app.domain.refresh_polls import (
    EarlierPoll,
    PollFinding,
    support_exactly,
    support_roughly,
)
from app.domain.refresh_proposals import points_of, rank_concerns
from app.domain.refresh_records import proposal_record
from app.domain.refreshes import (
    VOICES,
    ConcernFact,
    Inputs,
    Mentions,
    OutgoingPriority,
    OutgoingSet,
    Source,
)

SLUGS = ("asb", "burglary", "cycles", "drugs", "fraud")
NOTHING = Inputs(
    concerns=tuple(ConcernFact(slug, slug.title(), "police") for slug in SLUGS),
    seats=3,
    today=date(2026, 11, 21),
    since=datetime(2026, 8, 1, tzinfo=UTC),
)
POLL = PollFinding(
    poll_id="poll",
    counted_at=datetime(2026, 11, 1, tzinfo=UTC),
    seats=3,
    is_exact=True,
    turnout=60,
    options=("asb", "burglary", "drugs", "fraud"),
    chosen=("drugs", "asb", "fraud"),
    ranking=("drugs", "asb", "fraud", "burglary"),
    votes={"drugs": 30, "asb": 20, "fraud": 19, "burglary": 9},
)


BESIDE = {"poll": None, "events": [], "evidence": []}


def said(**by_source: dict[str, int]) -> Inputs:
    voices = {Source(name): Mentions(ward=counts, records=1) for name, counts in by_source.items()}
    return replace(NOTHING, mentions=voices)


def test_a_poll_leads_however_loud_the_others_are() -> None:
    loud = replace(said(panel={"cycles": 900}), poll=POLL)
    ranking = rank_concerns(loud)
    assert ranking.proposed == ranking.poll_only == ("drugs", "asb", "fraud")
    assert ranking.must_answer == {
        "cycles": ("the ward panel put it first, with 900 mentions about the ward itself",)
    }


def test_other_inputs_fill_the_places_a_poll_leaves_open() -> None:
    short = replace(POLL, ranking=("drugs",), chosen=("drugs",))
    ranking = rank_concerns(replace(said(panel={"cycles": 2, "asb": 5}), poll=short))
    assert ranking.proposed == ("drugs", "asb", "cycles")
    assert ranking.poll_only == ("drugs",)


def test_a_poll_nobody_may_be_told_of_does_not_lead() -> None:
    withheld = replace(POLL, turnout=None, chosen=(), ranking=(), votes={})
    ranking = rank_concerns(replace(said(panel={"cycles": 2}), poll=withheld))
    assert (ranking.led_by, ranking.proposed) == ("other_inputs", ("cycles",))


def test_each_source_gives_one_point_to_its_first_whatever_its_size() -> None:
    assert points_of({"asb": 900, "drugs": 3, "fraud": 0}) == {"asb": 1, "drugs": Fraction(1, 2)}
    assert points_of({"asb": 2, "drugs": 2}) == {"asb": Fraction(3, 4), "drugs": Fraction(3, 4)}
    ranking = rank_concerns(said(survey={"asb": 900}, panel={"drugs": 1}, events={"drugs": 1}))
    assert ranking.order == ("drugs", "asb")


def test_a_ward_goes_before_its_borough() -> None:
    both = Mentions(ward={"asb": 1}, borough={"drugs": 50}, records=2)
    wide = Mentions(borough={"fraud": 50}, records=1)
    inputs = replace(NOTHING, mentions={Source.PANEL: both, Source.SURVEY: wide})
    assert set(rank_concerns(inputs).order) == {"asb", "fraud"}


def test_only_unfinished_priorities_ask_to_go_on() -> None:
    done = OutgoingPriority(
        "1", "asb", 1, "Asb", "delivered", 3, None, "delivered", is_finished=True
    )
    left = replace(done, id="2", concern="fraud", rank=2, status="in_progress", is_finished=False)
    old = OutgoingSet("set", date(2026, 8, 1), date(2026, 10, 30), 8, (done, left))
    assert rank_concerns(replace(NOTHING, outgoing=old)).order == ("fraud",)


def test_only_rising_crime_gives_points_and_only_a_strong_rise_demands_an_answer() -> None:
    falling = CrimeTrend("2026-07", "2026-09", recent=5, before=4, year_before=9)
    rising = replace(falling, recent=12, year_before=9)
    strong = replace(falling, recent=30, year_before=20)
    crime = {"asb": falling, "drugs": rising, "fraud": strong}
    ranking = rank_concerns(replace(NOTHING, crime=crime, seats=1, poll=POLL))
    assert set(ranking.points[Source.CRIME]) == {"drugs", "fraud"}
    assert list(ranking.must_answer) == ["fraud"]


def demanding(votes: int, *, exact: bool = True, **more: Any) -> PollFinding:
    support = (
        support_exactly(votes, 60, Fraction(60), 3) if exact else support_roughly(votes, 25, 3)
    )
    return replace(POLL, supports={"burglary": support}, is_exact=exact, **more)


def before(poll: PollFinding, *, same: bool = True) -> EarlierPoll:
    return EarlierPoll(replace(poll, poll_id="before"), "Another", is_same_ward=same)


def owed(latest: PollFinding, earlier: EarlierPoll | None) -> list[str]:
    return list(rank_concerns(replace(NOTHING, poll=latest, earlier_poll=earlier)).must_answer)


@pytest.mark.parametrize(("latest", "earlier"), [(16, 16), (60, 16)])
def test_a_demand_that_stands_in_two_polls_must_be_answered(latest: int, earlier: int) -> None:
    assert owed(demanding(latest), before(demanding(earlier))) == ["burglary"]


@pytest.mark.parametrize(
    ("latest", "earlier"),
    [
        (demanding(16), None),
        (demanding(16), before(demanding(15))),
        (demanding(15), before(demanding(16))),
        (demanding(16), before(demanding(16), same=False)),
        (demanding(16), before(demanding(16, chosen=("burglary",)))),
        (demanding(16), before(demanding(5, exact=False))),
        (demanding(16), before(replace(POLL, turnout=None))),
    ],
    ids=["first", "level", "now level", "another ward", "chosen", "rounded", "untold"],
)
def test_a_demand_of_one_poll_need_not_be_answered(
    latest: PollFinding, earlier: EarlierPoll | None
) -> None:
    assert owed(latest, earlier) == []


def test_a_rounded_poll_demands_only_what_is_sure() -> None:
    assert owed(demanding(16), before(demanding(15, exact=False))) == ["burglary"]
    surely = [votes for votes in range(0, 30, 5) if support_roughly(votes, 25, 3).is_above]
    assert surely == [10, 15, 20, 25]
    for votes in surely:
        low, high = votes - 2, 27
        assert low > Fraction(high, 4)
    assert support_roughly(None, 25, 3).is_above


counts = st.dictionaries(st.sampled_from(SLUGS), st.integers(0, 6))
anything = st.builds(
    lambda voices, borough, poll, seats: replace(
        NOTHING,
        mentions={
            source: Mentions(ward=own, borough=borough, records=1)
            for source, own in zip(VOICES, voices, strict=True)
        },
        poll=POLL if poll else None,
        seats=seats,
    ),
    st.lists(counts, min_size=len(VOICES), max_size=len(VOICES)),
    counts,
    st.booleans(),
    st.integers(1, 5),
)


@given(anything)
def test_every_candidate_shows_every_input_and_why(inputs: Inputs) -> None:
    record = proposal_record(inputs, rank_concerns(inputs), BESIDE)
    assert sorted(found["concern"] for found in record["candidates"]) == list(SLUGS)
    for found in record["candidates"]:
        assert [one["source"] for one in found["inputs"]] == [source.value for source in Source]
        assert all(one["says"].endswith(".") for one in found["inputs"])
        assert found["why"].startswith("In, " if found["verdict"] == "in" else "Out: ")
        assert (found["rank"] is None) is (found["verdict"] == "out")
    ranks = [found["rank"] for found in record["candidates"] if found["rank"]]
    assert ranks == list(range(1, len(record["proposed"]) + 1))
    assert record["trace"]


@given(anything)
def test_the_same_inputs_give_the_same_proposal_and_no_more_than_the_places(inputs: Inputs) -> None:
    first, again = rank_concerns(inputs), rank_concerns(inputs)
    assert first == again
    assert len(first.proposed) <= inputs.seats
    assert len(set(first.order)) == len(first.order)


@given(anything)
def test_naming_a_concern_more_often_never_lowers_it(inputs: Inputs) -> None:
    unpolled = replace(inputs, poll=None)
    panel = inputs.mentions[Source.PANEL]
    if not any(panel.ward.values()):
        return
    more = replace(panel, ward={**panel.ward, "cycles": panel.ward.get("cycles", 0) + 1})
    before = rank_concerns(unpolled)
    after = rank_concerns(replace(unpolled, mentions={**inputs.mentions, Source.PANEL: more}))
    assert after.score["cycles"] >= before.score["cycles"]
    if "cycles" in before.order:
        assert after.order.index("cycles") <= before.order.index("cycles")
