"""What demands an answer, told so that its figures cannot be misread."""

from dataclasses import replace

import pytest

from app.domain.evidence import CrimeTrend
from app.domain.refresh_demands import demands_of
from app.domain.refresh_proposals import rank_concerns
from app.domain.refresh_records import proposal_record
from app.domain.refreshes import Inputs, Mentions, Source
from tests.domain.test_refresh_proposals import BESIDE, NOTHING, POLL, said

TREND = CrimeTrend("2026-08", "2026-10", recent=17, before=15, year_before=7)


def partners(ward: dict[str, int], borough: dict[str, int]) -> Inputs:
    heard = Mentions(ward=ward, borough=borough, records=2)
    return replace(NOTHING, mentions={Source.PARTNERS: heard}, seats=1)


@pytest.mark.parametrize(
    ("trend", "rise", "figures"),
    [
        (
            TREND,
            "recorded crime is up on the year before",
            "17 from August to October 2026, 7 in the same months a year before",
        ),
        (
            replace(TREND, before=7, year_before=None),
            "recorded crime is up on the quarter before",
            "17 from August to October 2026, 7 in the three months before",
        ),
    ],
)
def test_a_rise_says_with_which_months_it_compares_wherever_it_stands(
    trend: CrimeTrend, rise: str, figures: str
) -> None:
    words = f"{rise}: {figures}"
    inputs = replace(NOTHING, crime={"cycles": trend}, poll=POLL)
    record = proposal_record(inputs, rank_concerns(inputs), BESIDE)
    (found,) = (one for one in record["candidates"] if one["concern"] == "cycles")
    assert found["must_be_answered_because"] == f"R{words[1:]}."
    texts = [record["summary"], found["paragraph"], found["why"], " ".join(record["trace"])]
    assert all(words in text and "rose from" not in text for text in texts)


def test_says_about_what_area_a_source_put_a_concern_first() -> None:
    assert demands_of(partners({"asb": 3}, {}), "asb") == (
        "partners put it first, with 3 mentions about the ward itself",
    )
    (reason,) = demands_of(partners({"asb": 3}, {"fraud": 50}), "asb")
    assert reason == (
        "partners put it first, with 3 mentions about the ward itself "
        "(those about the whole borough give no points beside them)"
    )
    assert demands_of(partners({}, {"fraud": 50}), "fraud") == (
        "partners put it first, with 50 mentions about the whole borough",
    )


def test_says_of_a_shared_first_place_with_whom() -> None:
    assert demands_of(said(panel={"fraud": 3, "asb": 3, "drugs": 1}), "fraud") == (
        "the ward panel put it first, level with Asb, with 3 mentions each about the ward itself",
    )


def test_names_what_was_put_first_for_the_borough_and_gets_no_points() -> None:
    inputs = partners({"asb": 1}, {"fraud": 50, "drugs": 49, "cycles": 2})
    record = proposal_record(inputs, rank_concerns(inputs), BESIDE)
    words = (
        "Not weighed: partners raised Fraud 50 times about the whole borough, but named concerns "
        "of the ward itself too, and those come first."
    )
    assert [text for text in record["missing"] if text.startswith("Not weighed")] == [words]
    assert words in record["summary"]
    assert (
        "Partners named concerns of the ward itself, and those come first: what was said there of "
        "the whole borough gives no points."
    ) in record["trace"]


@pytest.mark.parametrize(
    ("ward", "borough"),
    [({}, {"fraud": 50}), ({"asb": 1}, {"fraud": 2}), ({"asb": 1}, {"asb": 50})],
    ids=["it counts", "too few", "proposed anyway"],
)
def test_names_nothing_as_not_weighed_that_was_or_need_not_be(
    ward: dict[str, int], borough: dict[str, int]
) -> None:
    inputs = partners(ward, borough)
    record = proposal_record(inputs, rank_concerns(inputs), BESIDE)
    assert not any(text.startswith("Not weighed") for text in record["missing"])
