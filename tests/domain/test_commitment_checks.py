"""Every check: a case that keeps the promise, one that breaks it, and the day it began."""

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import uuid4

import pytest

from app.domain.commitment_checks import CHECKS, check_all
from app.domain.commitment_facts import CrimeFact, Facts, Overdue, Post
from app.domain.commitment_shares import MOST
from app.domain.commitments import DAY, LONDON_CODE, Key, Scope, Status, Verdict
from app.domain.coverage import Absence
from app.domain.publications import Promise, Release, measure_lateness
from app.domain.spans import span_of
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
    built,
    council,
    countered,
)
from tests.commitment_facts import (
    ALL_SIDES,
    TODAY,
    away,
    board,
    crime,
    full_team,
    post,
    posted,
    priorities,
    trust,
    with_facts,
)
from tests.factories import A1, ALDER

GAPS = {**trust(0.7, 0.7), **trust(0.66, 0.65, "black", 200)}
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


def test_warns_of_pcsos_whose_postings_end_soon() -> None:
    before = [post("pcso", "2020-01-01") for _ in range(3)]
    more = [post("pcso", "2024-05-01") for _ in range(499)]
    leaves = post("pcso", "2024-05-01", "2026-12-10")
    found = judged("C20", "five_hundred_more", posted([*before, *more, leaves]))
    assert (found.status, found.since) == (RISK, date(2026, 11, 10))
    assert found.finding.endswith("From 10 December 2026 on: 502.00 PCSOs are posted.")


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


def test_dates_a_promise_of_several_series_by_the_one_mended_last() -> None:
    charter = Promise("charter", "Charter", ("C32",), None, date(2023, 10, 31))
    account = Promise("account", "Account", ("C32",), 12, date(2024, 10, 31))
    yearly = [date(2024, 10, 20), date(2025, 10, 20)]

    def london(*published: date, charter_on: date | None = date(2023, 12, 21)) -> Verdict:
        first = [] if charter_on is None else [Release(uuid4(), charter_on)]
        found = [
            measure_lateness(charter, first, today=TODAY),
            measure_lateness(account, [Release(uuid4(), day) for day in published], today=TODAY),
        ]
        return judged("C32", "charter_and_account", with_facts(publications=found))

    late = london(*yearly)
    assert (late.status, late.since) == (BROKEN, date(2026, 11, 1))
    mended = london(*yearly, date(2026, 11, 20))
    assert (mended.status, mended.since) == (MET, date(2026, 11, 20))
    both = london(*yearly, charter_on=None)
    assert (both.status, both.since) == (BROKEN, date(2023, 11, 1))


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
    assert found.finding == "Promises known here with a check: 1 of 3; C41 and C43 without."


def test_tells_the_share_taken_away_of_any_day_alike() -> None:
    """C22 looks only at days on which the share bends; day by day it must come to the same."""
    dice = Random(22)
    for _ in range(60):
        posts = [_made_up(dice) for _ in range(dice.randrange(1, 5))]
        by_day = {day: _share(posts, day) for day in (TODAY - n * DAY for n in range(-31, 700))}
        verdict = judged("C22", "teams_protected", posted(posts))
        share = by_day[TODAY]
        if share is None:
            assert verdict.status is Status.NOT_MEASURABLE
            continue
        kept, first = share <= MOST, TODAY
        while _is(by_day[first - DAY], kept):
            first -= DAY
        crossing = next((d for d in _ahead(by_day) if not _is(by_day[d], kept=True)), None)
        if kept and crossing is not None and by_day[crossing] is not None:
            assert (verdict.status, verdict.since) == (RISK, max(first, crossing - 30 * DAY))
        else:
            expected = first if kept else max(first, date(2024, 2, 1))
            assert (verdict.status, verdict.since) == (MET if kept else BROKEN, expected)


def _made_up(dice: Random) -> Post:
    first = TODAY - dice.randrange(1, 600) * DAY
    last = None if dice.random() < 0.6 else first + dice.randrange(1, 500) * DAY
    found = []
    for _ in range(dice.randrange(4)):
        begins = first + dice.randrange(600) * DAY
        ends = begins + dice.randrange(1, 40) * DAY
        found.append(Absence(begins, ends, exceptional=False))
    fte = Decimal(dice.choice(["1", "0.5", "0.8"]))
    return Post(
        uuid4(), "pcso", fte, span_of(first, last), A1, ALDER, shown=True, absences=tuple(found)
    )


def _share(posts: list[Post], day: date) -> Decimal | None:
    posted_days = taken = Decimal(0)
    for one in posts:
        for back in range(28):
            on = day - back * DAY
            if one.days.contains(on):
                posted_days += one.fte
                taken += one.fte * sum(a.starts_on <= on < a.ends_on for a in one.absences)
    return taken / posted_days if posted_days else None


def _is(share: Decimal | None, kept: bool) -> bool:  # noqa: FBT001 - it compares what it is told
    return share is not None and (share <= MOST) == kept


def _ahead(by_day: dict[date, Decimal | None]) -> list[date]:
    return sorted(day for day in by_day if day > TODAY)


def test_an_absence_of_today_leaves_an_old_first_day_as_it_is() -> None:
    first, *others = full_team("2025-06-24")
    team = [replace(first, absences=(away("2026-11-28", "2026-11-30"),)), *others]
    for days in range(3):
        facts = replace(posted(team), today=TODAY + timedelta(days=days))
        assert judged("C22", "teams_protected", facts).since == date(2025, 6, 24)


def test_names_the_side_that_a_board_is_without() -> None:
    two = judged("C17", "board_with_all_sides", board(ALL_SIDES[:1]))
    assert two.finding == "Alder board is at work without community leaders and the police."
    soon = board([("public", "2024-06-10", "2026-12-10"), *ALL_SIDES[1:]])
    finding = judged("C17", "board_with_all_sides", soon).finding
    assert finding.endswith("From 10 December 2026 on: Alder board is at work without the public.")
    assert judged("C17", "board_with_all_sides", with_facts()).finding == "No board is at work."


@pytest.mark.parametrize(
    ("commitment", "reading", "facts", "last_on"),
    [
        ("C02", "highest_tenth", {"crime": crime(HIGH)}, "2027-10-01"),
        ("C13", "on_the_year", {"trust": {ALDER: trust(0.7, 0.7)}}, "2027-07-01"),
        ("C14", "gaps_on_the_year", {"trust": {ALDER: GAPS}}, "2027-07-01"),
        ("C15", "neighbourhood_crime", {"crime": crime(HIGH)}, "2027-10-01"),
        ("C15", "serious_violence", {"crime": crime(HIGH)}, "2027-10-01"),
    ],
)
def test_says_that_figures_are_too_old(
    commitment: str, reading: str, facts: dict[str, Any], last_on: str
) -> None:
    last = date.fromisoformat(last_on)
    known = replace(posted(full_team()), **facts)
    told = judged(commitment, reading, replace(known, today=last))
    assert told.status is not Status.NOT_MEASURABLE
    old = judged(commitment, reading, replace(known, today=last + DAY))
    assert (old.status, old.since) == (Status.NOT_MEASURABLE, last + DAY)
    assert old.finding.endswith("figures tell of today for a year after that.")


def test_breaks_nothing_before_its_day() -> None:
    facts = replace(posted([]), today=date(2023, 10, 31))
    verdict = judged("C01", "posted", facts)
    assert verdict.status is NOT_DUE
    assert judged("C01", "posted", replace(facts, today=date(2023, 11, 1))).status is BROKEN


@pytest.mark.parametrize(
    ("commitment", "reading", "facts", "told"),
    [
        (
            "C02",
            "highest_tenth",
            replace(posted(full_team()[1:]), crime=crime(HIGH)),
            "more than the minimum of 3 officers is asked, and 2.00 are posted.",
        ),
        (
            "C36",
            "elected_voices",
            council(None),
            "One member for the council sits on a board at work.",
        ),
        (
            "C19",
            "co_located",
            built("co_located", "2024-01-01"),
            "One building shared with partners is open in the borough.",
        ),
        ("C40", "face_to_face", with_facts(), "No front counter is open in the borough."),
        (
            "C19",
            "counter_24_7",
            countered(("2023-10-02", "2026-02-20")),
            "Counter 1 closed; no other front counter is open day and night.",
        ),
        (
            "C10",
            "named_as_priority",
            priorities(concerns=("anti-social-behaviour", "burglary", "vehicle-crime")),
            "The set in force names anti-social behaviour, burglary and vehicle crime.",
        ),
    ],
)
def test_words_a_finding_as_people_would(
    commitment: str, reading: str, facts: Facts, told: str
) -> None:
    assert judged(commitment, reading, facts).finding.endswith(told)


def test_says_nothing_of_a_source_that_nobody_ever_used() -> None:
    found = check_all(read_register(), with_facts(known=frozenset()))
    told = {key.commitment for key, verdict in found.items() if verdict.status is BROKEN}
    assert told == {"C42"}, "without any data nobody is accused"
