"""The words of a proposal: who took the place and by what, exactly, and nothing that is not so."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given

from app.domain.refresh_paragraphs import paragraph
from app.domain.refresh_polls import Contest, EarlierPoll, support_exactly
from app.domain.refresh_proposals import rank_concerns
from app.domain.refresh_records import proposal_record, readable
from app.domain.refreshes import Inputs, Mentions, Source
from tests.domain.test_refresh_proposals import BESIDE, NOTHING, POLL, anything, said


def told(inputs: Inputs, concern: str) -> str:
    return paragraph(inputs, rank_concerns(inputs), concern)


def test_names_who_took_the_last_place_in_the_poll_and_by_how_much() -> None:
    text = told(replace(NOTHING, poll=POLL), "burglary")
    assert "The poll ranked it 4th of 4, and Fraud took the last of the 3 places, 3rd." in text
    assert "9 of 60 voters ticked it and 19 of 60 voters Fraud, 10 more." in text


def test_says_why_fewer_ticks_may_win_under_a_proportional_rule_only() -> None:
    loud = replace(POLL, votes={**POLL.votes, "burglary": 25})
    assert "6 fewer. The rule is proportional" in told(replace(NOTHING, poll=loud), "burglary")
    plain = replace(loud, rule="approval")
    assert "proportional" not in told(replace(NOTHING, poll=plain), "burglary")


@pytest.mark.parametrize(
    ("ballots", "words"),
    [
        (0, "were level, and the tie-break frozen before the vote decided"),
        (1, "1 ballot for Burglary alone instead of Fraud alone would have made them level"),
        (2, "2 ballots for Burglary alone"),
    ],
)
def test_says_how_close_the_step_was(ballots: int, words: str) -> None:
    contest = Contest(3, "fraud", "burglary", "load", "1/19", "1/9", ballots)
    poll = replace(POLL, contests={"burglary": contest})
    assert words in told(replace(NOTHING, poll=poll), "burglary")


def test_compares_points_exactly_and_says_what_broke_a_tie() -> None:
    inputs = replace(said(panel={"asb": 5, "drugs": 4}, survey={"fraud": 9}), seats=1)
    assert rank_concerns(inputs).proposed == ("fraud",)
    out = told(inputs, "asb")
    assert "It has 1 point from the ward panel. Fraud took the last place, 1st," in out
    assert "the two are level, and more mentions go first: of those that count here Fraud" in out
    assert "has 9 and Asb 5." in out
    assert "that is 1/2 point more." in told(inputs, "drugs")


def test_says_of_a_small_poll_only_rounded_figures() -> None:
    small = replace(
        POLL, is_exact=False, turnout=20, ranking=POLL.chosen, votes={"burglary": 0, "fraud": None}
    )
    text = told(replace(NOTHING, poll=small), "burglary")
    assert "At most 2 of about 20 voters ticked it and nearly all of about 20 voters" in text


def test_tells_not_raised_from_not_asked() -> None:
    text = told(said(panel={"asb": 1}), "drugs")
    assert "It was not raised by the ward panel." in text
    assert "There was no held event, partner submission, survey or residents' report" in text


def test_says_of_a_first_demand_what_would_follow() -> None:
    poll = replace(POLL, supports={"burglary": support_exactly(16, 60, Fraction(60), 3)})
    assert "the ward's first counted poll" in told(replace(NOTHING, poll=poll), "burglary")
    other = EarlierPoll(poll, "Old Town", is_same_ward=False)
    text = told(replace(NOTHING, poll=poll, earlier_poll=other), "burglary")
    assert "was of Old Town, another ward." in text
    assert "The decision must answer it" not in text


def test_compares_the_poll_with_all_else() -> None:
    inputs = replace(said(panel={"cycles": 900}, partners={"cycles": 2}), poll=POLL)
    record = proposal_record(inputs, rank_concerns(inputs), BESIDE)
    found = record["comparison"]
    assert found["poll_only"] == found["all_inputs"] == ["drugs", "asb", "fraud"]
    assert found["other_inputs_only"] == ["cycles"]
    (cycles,) = [one for one in found["differences"] if one["concern"] == "cycles"]
    assert cycles["says"] == (
        "Cycles: the poll did not ask about it; the other inputs alone put it 1st, with 2 points "
        "(1 point from the ward panel and 1 point from partners). It is not proposed, because the "
        "poll goes first."
    )


def test_a_proposal_of_method_1_stays_readable() -> None:
    record = proposal_record(NOTHING, rank_concerns(NOTHING), BESIDE)
    new = {"summary", "comparison", "review", "missing"}
    old = {key: value for key, value in record.items() if key not in new}
    since = {"paragraph", "rival", "other_inputs_only_rank", "poll", "standing_demand", "crime"}
    old["candidates"] = [
        {key: value for key, value in candidate.items() if key not in since | {"outgoing"}}
        for candidate in record["candidates"]
    ]
    shown = readable(old)
    assert shown.keys() == record.keys() | {"earlier_poll"}
    assert shown["candidates"][0].keys() == record["candidates"][0].keys()
    assert shown["candidates"][0]["paragraph"] is None


@given(anything)
def test_every_paragraph_reads_as_sentences(inputs: Inputs) -> None:
    record = proposal_record(inputs, rank_concerns(inputs), BESIDE)
    texts = [record["summary"], *record["trace"]]
    texts += [text for c in record["candidates"] for text in (c["paragraph"], c["why"])]
    for text in texts:
        assert text[0].isupper() or text[0].isdigit()
        assert text.endswith(".")
        assert not re.search(r"  |\.\.|None|\b1 (places|days|points|times|voters)\b| ,", text), text
        assert not re.search(r"points? (leave|put)s?\b|o source speaks", text), text
    for candidate in record["candidates"]:
        if candidate["verdict"] == "out" and len(record["proposed"]) == inputs.seats:
            assert candidate["rival"] == record["proposed"][-1]
            assert inputs.label(candidate["rival"]) in candidate["paragraph"]


def test_the_same_inputs_give_the_same_words() -> None:
    mentions = {Source.EVENTS: Mentions(ward={"asb": 3}, records=2, naming={"asb": ("1",)})}
    inputs = replace(NOTHING, mentions=mentions, since=datetime(1970, 1, 1, tzinfo=UTC))
    first, again = (proposal_record(inputs, rank_concerns(inputs), BESIDE) for _ in range(2))
    assert first == again
    assert "(in 1 of 2 held events)" in first["candidates"][0]["paragraph"]
    assert "no poll was counted so far" in first["summary"]
