"""Who had a say: what counts as a voice, and what was true of it at which moment (C08)."""

from datetime import date

from app.domain.refresh_proposals import rank_concerns
from app.domain.refresh_records import proposal_record
from app.domain.refresh_voices import find_say
from app.domain.refreshes import Consultation, ConsultedParty
from tests.domain.test_refresh_proposals import BESIDE, NOTHING

EVENT = {"raised": {"asb": 1}, "attendance": 1}
COUNCIL = Consultation(ConsultedParty.PARTNER, "Council", "call", date(2026, 11, 25), people=None)
FEW = {"poll_id": "poll", "turnout": None, "is_exact": False}


def test_says_whose_say_is_missing() -> None:
    say = find_say({**BESIDE, "events": [EVENT]})
    assert (say.public, say.partners, say.both) == (True, False, False)
    assert say.says == (
        "The public: 1 held event (1 person came). Partners: nothing is recorded. The plan "
        "promises that both have a say (C08). Nothing shows that partners had a say."
    )
    silent = {"raised": {}, "attendance": 90}
    assert not find_say({**BESIDE, "events": [silent]}).public


def test_a_summary_says_of_which_moment_it_tells_and_claims_nothing_of_the_decision() -> None:
    beside = {**BESIDE, "events": [EVENT]}
    summary = proposal_record(NOTHING, rank_concerns(NOTHING), beside)["summary"]
    assert (
        "When this was proposed, on 21 November 2026, this was recorded of who had a say. The "
        "public: 1 held event (1 person came). Partners: nothing was recorded. The plan promises "
        "that both have a say (C08). Who was consulted for the decision is told with the decision."
    ) in summary
    assert "had a say." not in summary.replace("of who had a say.", "")


def test_a_say_by_consultation_alone_explains_why_the_proposal_knows_nothing_of_it() -> None:
    say = find_say({**BESIDE, "events": [EVENT]}, [COUNCIL])
    assert say.both
    assert "Partners: Council (call, 25 November 2026)." in say.says
    assert "Of partners nothing could be weighed when this was proposed" in say.says
    assert "could be weighed" not in find_say({**BESIDE, "events": [EVENT]}).says


def test_a_poll_too_small_to_be_told_is_named_and_is_still_nobodys_voice() -> None:
    say = find_say({**BESIDE, "poll": FEW})
    assert (say.public, say.voices) == (False, ())
    assert say.says == (
        "The public: a ward poll of fewer than 10 ballots, of which nothing more is told or "
        "weighed. Partners: nothing is recorded. The plan promises that both have a say (C08). "
        "Nothing that could be weighed shows that the public or partners had a say."
    )
    assert "of which nothing more was told or weighed" in say.says_then(date(2026, 11, 21))
    beside = find_say({**BESIDE, "poll": FEW, "events": [EVENT]})
    assert "1 held event (1 person came) and a ward poll of fewer than 10 ballots" in beside.says
    assert "Nothing shows that partners had a say." in beside.says
