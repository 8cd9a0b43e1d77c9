"""Every check: a case that keeps the promise, one that breaks it, and the day it began."""

from collections import defaultdict
from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest

from app.domain.commitment_checks import CHECKS, check_all
from app.domain.commitment_facts import CrimeFact, Facts, Overdue
from app.domain.commitments import LONDON_CODE, Key, Scope, Status, Verdict
from app.domain.publications import Promise, Release, measure_lateness
from app.sources.register import read_register
from tests.commitment_cases import (
    BROKEN,
    CASES,
    HIGH,
    MET,
    NOT_DUE,
    ON_TRACK,
    RISEN,
    RISK,
    SPECIALS,
)
from tests.commitment_facts import TODAY, crime, post, posted, with_facts
from tests.factories import A1, ALDER

OF_LONDON = {"more_pcsos", "more_volunteers", "strength_follows_crime"}


def line_of(commitment: str, reading: str) -> tuple[str, Scope]:
    one = read_register().find(commitment)
    assert one is not None
    (line,) = [line for line in one.lines if line.reading == reading]
    assert line.check is not None
    return line.check, line.scopes[0]


def judged(commitment: str, reading: str, facts: Facts) -> Verdict:
    _, scope = line_of(commitment, reading)
    area = {Scope.WARD: A1, Scope.BOROUGH: ALDER, Scope.LONDON: LONDON_CODE}[scope]
    return check_all(read_register(), facts)[Key(commitment, reading, scope, area)]


@pytest.mark.parametrize(
    ("commitment", "reading", "facts", "status", "since"),
    CASES,
    ids=lambda value: value if isinstance(value, str) else getattr(value, "value", ""),
)
def test_judges_a_line_and_dates_its_state(
    commitment: str, reading: str, facts: Facts, status: Status, since: str | None
) -> None:
    verdict = judged(commitment, reading, facts)
    assert verdict.status is status, verdict
    assert verdict.finding.endswith(".")
    if since is not None:
        assert verdict.since == date.fromisoformat(since), verdict


def test_every_check_has_a_case_that_keeps_and_one_that_does_not() -> None:
    found: dict[str, set[bool]] = defaultdict(set)
    for commitment, reading, _, status, _ in CASES:
        found[line_of(commitment, reading)[0]].add(status in {MET, ON_TRACK})
    lacking = {name for name in CHECKS if found[name] != {True, False}}
    assert lacking == OF_LONDON


def test_compares_pcsos_with_those_of_the_first_day() -> None:
    before = [post("pcso", "2020-01-01") for _ in range(3)]
    more = [post("pcso", "2024-05-01") for _ in range(500)]
    kept = judged("C20", "five_hundred_more", posted([*before, *more]))
    assert (kept.status, kept.value, kept.since) == (MET, 500, date(2024, 5, 1))
    lost = [post("pcso", "2024-05-01", "2026-08-08"), *more[1:]]
    broken = judged("C20", "five_hundred_more", posted([*before, *lost]))
    assert (broken.status, broken.shortfall) == (BROKEN, 1)
    assert broken.since == date(2026, 8, 8)
    assert judged("C20", "five_hundred_more", posted(more)).status is Status.NOT_MEASURABLE


def test_compares_volunteers_with_those_of_the_first_day() -> None:
    assert judged("C23", "as_written", posted(SPECIALS)).status is MET
    broken = judged("C23", "as_written", posted(SPECIALS[:1]))
    assert (broken.status, broken.since) == (BROKEN, date(2025, 5, 1))


def test_asks_whether_strength_follows_crime() -> None:
    codes = [f"E0509{number:04}" for number in range(30)]
    life = next(iter(with_facts().wards.values()))

    def london(strengths: list[int]) -> Verdict:
        facts = with_facts(
            wards={code: replace(life, code=code) for code in codes},
            ward_posts={
                code: [post("pcso", "2024-01-01", ward=code) for _ in range(number)]
                for code, number in zip(codes, strengths, strict=True)
            },
            crime=replace(
                crime(HIGH),
                wards={code: CrimeFact(n * 10, (0, 0), (0, 0)) for n, code in enumerate(codes)},
            ),
        )
        return judged("C02", "rank_correlation", facts)

    assert london(list(range(30))).status is MET
    assert london(list(range(30, 0, -1))).status is BROKEN
    assert london([1, 2, 3] * 10).status is RISK
    assert london([3] * 30).status is BROKEN


def test_crime_of_a_borough_takes_every_ward() -> None:
    life = next(iter(with_facts().wards.values()))
    both = {code: replace(life, code=code) for code in (life.code, "E05099999")}
    found = judged("C15", "neighbourhood_crime", with_facts(wards=both, crime=crime(RISEN)))
    assert found.status is Status.NOT_MEASURABLE
    assert "They are there for 1 of 2 wards." in found.finding


def test_reads_promised_publications() -> None:
    def london(*published: str) -> Verdict:
        promise = Promise("update", "Update", ("C27",), 6, date(2023, 10, 31))
        releases = [Release(uuid4(), date.fromisoformat(day)) for day in published]
        found = measure_lateness(promise, releases, today=TODAY)
        return judged("C27", "as_written", with_facts(publications=[found]))

    every_half_year = [f"{year}-{day}" for year in (2024, 2025, 2026) for day in ("04-20", "10-20")]
    assert london("2023-10-30", *every_half_year).status is MET
    broken = london("2023-10-30", *every_half_year[:-1])
    assert (broken.status, broken.since) == (BROKEN, date(2026, 11, 1))
    nothing = judged("C27", "as_written", with_facts())
    assert nothing.status is Status.NOT_MEASURABLE


def test_counts_a_dispute_about_all_of_london_with_those_of_its_boroughs() -> None:
    late = [Overdue(uuid4(), date(2026, 11, day)) for day in (22, 20)]
    both = with_facts(overdue={ALDER: late[:1], LONDON_CODE: late[1:]})
    found = check_all(read_register(), both)
    london, alder = (
        found[Key("NPG02", "disputes_answered", scope, code)]
        for scope, code in ((Scope.LONDON, LONDON_CODE), (Scope.BOROUGH, ALDER))
    )
    assert (london.status, london.since, london.value) == (BROKEN, date(2026, 11, 20), 2)
    assert (alder.status, alder.since, alder.value) == (BROKEN, date(2026, 11, 22), 1)
    alone = check_all(read_register(), with_facts(overdue={LONDON_CODE: late[1:]}))
    assert alone[Key("NPG02", "disputes_answered", Scope.BOROUGH, ALDER)].status is MET
    assert alone[Key("NPG02", "disputes_answered", Scope.LONDON, LONDON_CODE)].status is BROKEN


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
