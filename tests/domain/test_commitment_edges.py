"""Where the checks of the register begin to speak, and where they keep silent."""

from dataclasses import replace
from datetime import date

from app.domain.commitment_checks import check_all
from app.sources.register import read_register
from tests.commitment_facts import (
    posted,
    with_facts,
)
from tests.domain.test_commitment_checks import BROKEN, NOT_DUE, judged


def test_calls_a_promise_of_phase_two_without_a_check_a_finding() -> None:
    found = judged("C42", "open_check", with_facts())
    assert (found.status, found.shortfall) == (BROKEN, 2)
    assert found.since == date(2025, 11, 20)


def test_breaks_nothing_before_its_day() -> None:
    facts = replace(posted([]), today=date(2023, 10, 31))
    verdict = judged("C01", "posted", facts)
    assert verdict.status is NOT_DUE
    assert judged("C01", "posted", replace(facts, today=date(2023, 11, 1))).status is BROKEN


def test_says_nothing_of_a_source_that_nobody_ever_used() -> None:
    found = check_all(read_register(), with_facts(known=frozenset()))
    told = {key.commitment for key, verdict in found.items() if verdict.status is BROKEN}
    assert told == {"C42"}, "without any data nobody is accused"
