"""Points in words: who gives them, who shares them, and why something gives none."""

from dataclasses import replace

import pytest

from app.domain.evidence import CrimeTrend
from app.domain.refresh_comparisons import comparison_record
from app.domain.refresh_contests import ROUNDED
from app.domain.refresh_paragraphs import paragraph
from app.domain.refresh_polls import PollFinding
from app.domain.refresh_proposals import rank_concerns
from app.domain.refresh_words import trace, why
from app.domain.refreshes import Inputs, Mentions, OutgoingPriority, OutgoingSet, Source
from tests.domain.test_refresh_proposals import NOTHING, POLL, said

SHORT = replace(POLL, ranking=("drugs",), chosen=("drugs",), votes={**POLL.votes, "asb": 0})
WITHHELD = replace(POLL, turnout=None, chosen=(), ranking=(), votes={}, is_exact=False)


def told(inputs: Inputs, concern: str) -> str:
    return paragraph(inputs, rank_concerns(inputs), concern)


def reason(inputs: Inputs, concern: str) -> str:
    return why(inputs, rank_concerns(inputs), concern)


def test_says_its_points_once_and_in_good_grammar() -> None:
    inputs = replace(said(panel={"asb": 5, "drugs": 4}, survey={"asb": 2}), seats=1)
    assert reason(inputs, "asb") == (
        "In, 1st: it has 2 points (1 point from the ward panel and 1 point from surveys)."
    )
    assert reason(inputs, "drugs").startswith(
        "Out: it has 1/2 point from the ward panel and stands below the places."
    )
    assert reason(inputs, "fraud") == "Out: nothing gives it points."


def test_says_of_points_beside_a_poll_whether_they_decide() -> None:
    full = replace(said(panel={"cycles": 2}), poll=POLL)
    assert reason(full, "cycles") == (
        "Out: the poll did not ask about it, and its ranking goes first; the other inputs give it "
        "1 point from the ward panel."
    )
    left = replace(said(panel={"cycles": 2}), poll=SHORT)
    assert reason(left, "cycles") == (
        "In, 2nd: the poll did not ask about it, but left a place open; it has 1 point from the "
        "ward panel."
    )
    assert reason(left, "asb") == (
        "Out: the poll asked about it and did not choose it, but left a place open; nothing gives "
        "it points."
    )


def test_compares_truly_where_others_took_the_place_the_poll_left_open() -> None:
    inputs = replace(said(panel={"cycles": 3, "fraud": 2, "asb": 1}), poll=SHORT, seats=2)
    found = comparison_record(inputs, rank_concerns(inputs))["differences"]
    (fraud,) = (one["says"] for one in found if one["concern"] == "fraud")
    assert fraud.endswith(
        "It is not proposed: the poll goes first, and others took the places it left open."
    )


def test_shows_who_shares_a_place_and_what_each_gets() -> None:
    inputs = said(panel={"asb": 5, "drugs": 5, "fraud": 1, "cycles": 1}, survey={"asb": 2})
    out = told(inputs, "asb")
    assert (
        "It has 1 7/8 points (7/8 point from the ward panel for a shared first place and 1 point "
        "from surveys)."
    ) in out
    assert "3/8 point from the ward panel for a shared 3rd place" in told(inputs, "fraud")
    steps = trace(inputs, rank_concerns(inputs))
    assert (
        "The ward panel put Asb and Drugs level: they share first place, with 7/8 point each."
    ) in steps
    assert (
        "The ward panel put Cycles and Fraud level: they share 3rd place, with 3/8 point each."
    ) in steps
    assert "those it puts level share the points of their places evenly" in steps[0]


def test_shows_the_points_that_fill_a_place_the_poll_left_open() -> None:
    inputs = replace(said(panel={"cycles": 2, "fraud": 2}), poll=SHORT)
    steps = trace(inputs, rank_concerns(inputs))
    assert "It left a place open; for what it did not rank, each source gives" in steps[0]
    assert "Added up: Cycles 3/4 point; Fraud 3/4 point." in steps
    led = replace(inputs, poll=POLL)
    full = trace(led, rank_concerns(led))
    assert not any(step.startswith(("Added up", "The ward panel put")) for step in full)


def test_says_why_mentions_give_no_points() -> None:
    inputs = replace(
        NOTHING,
        mentions={
            Source.DOCUMENTS: Mentions(ward={"fraud": 40}, records=1),
            Source.EVENTS: Mentions(ward={"asb": 1}, borough={"fraud": 4}, records=2),
        },
    )
    text = told(inputs, "fraud")
    assert "Nothing gives it points, so it takes no place although one is open." in text
    assert (
        "Raised 40 times in other documents about the ward (in the only other document); documents "
        "are shown and give no points."
    ) in text
    assert "because people at events named concerns of the ward itself too" in text


def test_says_why_crime_and_an_old_priority_give_no_points() -> None:
    fell = CrimeTrend("2026-07", "2026-09", recent=5, before=4, year_before=9)
    done = OutgoingPriority(
        "1", "asb", 1, "Asb", "delivered", 3, None, "delivered", is_finished=True
    )
    old = OutgoingSet("set", NOTHING.today, NOTHING.today, 0, (done,))
    crime = {"asb": fell, "drugs": replace(fell, recent=9), "fraud": replace(fell, recent=12)}
    inputs = replace(NOTHING, crime=crime, outgoing=old)
    assert "4 fewer than the year before, which is the baseline, so no points." in told(
        inputs, "asb"
    )
    assert "; finished, so it gives no points." in told(inputs, "asb")
    assert "no change on the year before, which is the baseline, so no points." in told(
        inputs, "drugs"
    )
    assert "no points" not in told(inputs, "fraud")
    alone = replace(fell, before=None, year_before=None)
    assert "with nothing to compare, so no points." in told(
        replace(NOTHING, crime={"asb": alone}), "asb"
    )


@pytest.mark.parametrize(
    ("poll", "concern", "words"),
    [
        (SHORT, "asb", "asked about it and did not choose it: none of 60 voters ticked it."),
        (SHORT, "cycles", "The poll did not ask about it."),
        (WITHHELD, "asb", "asked about it, but had fewer than 10 ballots, so what it said is"),
    ],
    ids=["asked", "not asked", "withheld"],
)
@pytest.mark.parametrize("panel", [{}, {"fraud": 3, "burglary": 2}, {"fraud": 3, "asb": 1}])
def test_never_forgets_the_poll_where_a_place_was_open(
    poll: PollFinding, concern: str, words: str, panel: dict[str, int]
) -> None:
    for seats in (2, 3):
        assert words in told(replace(said(panel=panel), poll=poll, seats=seats), concern)


def test_says_of_a_rounded_poll_what_its_counts_can_and_cannot_show() -> None:
    votes = {"drugs": 10, "asb": 5, "fraud": 5, "burglary": 5}
    small = replace(POLL, is_exact=False, turnout=15, ranking=POLL.chosen, votes=votes)
    inputs = replace(NOTHING, poll=small)
    assert (
        "The poll did not choose it, and Fraud took the last of the 3 places, 3rd. About 5 of "
        "about 15 voters ticked it and about 5 of about 15 voters Fraud, so which of the two had "
        f"more is not told. {ROUNDED}"
    ) in told(inputs, "burglary")
    assert f"about 5 of about 15 voters ticked it. {ROUNDED}" in told(inputs, "asb")
    fewer = replace(small, votes={**votes, "burglary": 0})
    assert "which of the two" not in told(replace(NOTHING, poll=fewer), "burglary")
    assert ROUNDED not in told(replace(NOTHING, poll=POLL), "burglary")
