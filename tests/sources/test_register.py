"""The register is whole: every promise with its words, each line checked or with what it lacks."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from app.domain.commitment_checks import CHECKS, READ_THE_REGISTER, is_static
from app.domain.commitments import Commitment, Line, Scope, Wording, not_measurable
from app.sources.register import read_register

ROOT = Path(__file__).parents[2]
REGISTER = read_register()
LINES = [(one, line) for one in REGISTER.commitments for line in one.lines]
LONGEST_FINDING = 600


def named(pair: tuple[Commitment, Line]) -> str:
    return f"{pair[0].code}-{pair[1].reading}"


def test_has_every_promise_of_the_plan_without_a_gap() -> None:
    codes = [one.code for one in REGISTER.commitments]
    assert [code for code in codes if code[0] == "C"] == [f"C{n:02}" for n in range(1, 44)]
    assert [code for code in codes if code[0] == "N"] == [f"NPG{n:02}" for n in range(1, 7)]
    assert max(Counter(codes).values()) == 1


def test_has_every_programme_with_pillars_that_its_promises_name() -> None:
    pillars = {one.code: {p.code for p in one.pillars} for one in REGISTER.programmes}
    assert len(pillars) == 4
    for commitment in REGISTER.commitments:
        assert commitment.pillar in pillars[commitment.programme], commitment.code
    assert len(pillars["new-met-for-london-2"]) == 5, "the five areas of C41"


@pytest.mark.parametrize("one", REGISTER.commitments, ids=lambda one: one.code)
def test_says_what_was_promised_where_and_by_whom(one: Commitment) -> None:
    assert one.title
    assert one.owner
    assert one.quotes
    for quote in one.quotes:
        assert quote.text.strip() == quote.text
        assert len(quote.text) > 20
        assert quote.document
        assert quote.locator
    readings = [line.reading for line in one.lines]
    assert readings
    assert len(set(readings)) == len(readings)
    if one.code.startswith("NPG"):
        assert {quote.wording for quote in one.quotes} == {Wording.PARAPHRASE}


@pytest.mark.parametrize("pair", LINES, ids=named)
def test_checks_a_line_or_says_what_it_lacks(pair: tuple[Commitment, Line]) -> None:
    _, line = pair
    assert line.scopes == tuple(sorted(line.scopes, key=list(Scope).index))
    if line.check is not None:
        assert line.check in CHECKS.keys() | READ_THE_REGISTER
        assert line.reason is None
        return
    if line.retired_on is not None:
        assert line.retired_because
        return
    assert line.reason
    assert line.reason.endswith(".")
    assert line.needs
    assert line.needs.endswith(".")
    assert len(not_measurable(line).finding) <= LONGEST_FINDING


def test_uses_every_check() -> None:
    assert {line.check for _, line in LINES if not is_static(line)} == (
        CHECKS.keys() | READ_THE_REGISTER
    )


def test_shows_both_readings_of_the_event_quota() -> None:
    one = REGISTER.find("C06")
    assert one is not None
    readings = {line.reading: line for line in one.lines}
    assert readings.keys() == {"two_by_2023", "cumulative", "in_year", "four_each_year"}
    assert [r for r, line in readings.items() if line.assumed] == ["four_each_year"]
    assert readings["two_by_2023"].due_on != readings["cumulative"].due_on
    assert readings["four_each_year"].due_on is None


def test_the_quote_check_finds_what_stands_nowhere(tmp_path: Path) -> None:
    """The plan's texts are not part of the project; an operator who has them can compare."""
    quotes = [q for one in REGISTER.commitments for q in one.quotes]
    verbatim = [re.sub(r" ", "\n", q.text) for q in quotes if q.wording is Wording.VERBATIM]

    def check() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(ROOT / "scripts/check_quotes.py"), str(tmp_path)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    (tmp_path / "plan.txt").write_text("\n".join(verbatim))
    found = check()
    assert found.returncode == 0, found.stdout
    (tmp_path / "plan.txt").write_text("\n".join(verbatim[1:]))
    missing = check()
    assert missing.returncode == 1
    assert f"{REGISTER.commitments[0].code}: not found" in missing.stdout
