"""Cases of every check: a commitment and reading, facts, and the status and first day they give."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from app.domain.commitment_facts import Building, CrimeFact, Facts, Overdue
from app.domain.commitments import Status
from app.domain.events import HeldEvent
from app.domain.facilities import Counter, Hours, count_spans
from app.domain.introductions import Tenure, read_introductions
from tests.commitment_facts import (
    ALL_SIDES,
    TODAY,
    away,
    board,
    crime,
    event,
    events,
    full_team,
    leading,
    post,
    posted,
    priorities,
    priority,
    span,
    trust,
    with_facts,
)
from tests.factories import A1, ALDER

MET, BROKEN, RISK = Status.MET, Status.BREACHED, Status.AT_RISK
ON_TRACK, NOT_DUE = Status.ON_TRACK, Status.NOT_DUE
OFFICER = "dedicated_ward_officer"


def absent(*absences: object) -> Facts:
    """Return a full team of which one officer is taken away on some days."""
    first, *others = full_team()
    return posted([replace(first, absences=tuple(absences)), *others])


def introduced(starts_on: date, held_on: date | None = None) -> Facts:
    """Return facts with a superintendent, and the introduction they held."""
    tenure = Tenure(uuid4(), uuid4(), ALDER, starts_on, None)
    held = []
    if held_on is not None:
        at = datetime.fromisoformat(f"{held_on}T18:00:00+00:00")
        kind = "superintendent_introduction"
        held = [HeldEvent(uuid4(), kind, "Hello", at, 30, announced_before=True)]
    found = read_introductions([tenure], held, today=TODAY)
    return with_facts(introductions={ALDER: found})


def countered(*counters: tuple[str, str | None]) -> Facts:
    """Return facts with counters that never close, each from a day to its end."""
    found = [
        Counter(
            UUID(int=n),
            f"Counter {n}",
            ALDER,
            span(first, end),
            "sold",
            (Hours(span(first, None), is_24_7=True, weekly={}, verified_on=dated(first)),),
        )
        for n, (first, end) in enumerate(counters, 1)
    ]
    end = TODAY + timedelta(days=1)
    spans = count_spans(ALDER, found, start=date(2023, 7, 18), end=end)
    return with_facts(counters={ALDER: spans})


def built(kind: str, first: str, end: str | None = None) -> Facts:
    """Return facts with one building that keeps hours on some days."""
    return with_facts(buildings={ALDER: [Building(uuid4(), kind, "House", (span(first, end),))]})


def surveyed(area: str, **figures: object) -> Facts:
    """Return facts with a trust figure of an area, and of a group within it."""
    found = {**trust(0.7, 0.7), **figures.pop("groups", {})}
    return with_facts(trust={area: found | figures})


def dated(day: str) -> date:
    return date.fromisoformat(day)


def council(until: str | None) -> Facts:
    """Return facts with a board on which the council sits until a day."""
    return board([*ALL_SIDES, ("council", "2024-06-10", until)])


def met_on(*days: str, until: str | None = None) -> Facts:
    """Return facts with a board that met on these days, and is at work until a day."""
    end = None if until is None else dated(until)
    return board(ALL_SIDES, dissolved_on=end, held_on=tuple(dated(day) for day in days))


SPECIALS = [post("special_constable", "2020-01-01"), post("special_constable", "2024-05-06")]
HIGH = CrimeFact(900, (10, 400), (10, 400))
RISEN = CrimeFact(900, (400, 100), (400, 100))
FOUR = [event(f"2026-0{month}-03") for month in (2, 4, 6, 8)]

CASES: list[tuple[str, str, Facts, Status, str | None]] = [
    # commitment, reading, facts, status, since
    ("C01", "posted", posted(full_team()), MET, "2024-02-01"),
    ("C01", "posted", posted(full_team(last="2026-11-20")), BROKEN, "2026-11-20"),
    ("C01", "posted", posted([]), BROKEN, "2023-11-01"),
    ("C01", "posted", posted(full_team(last="2026-12-20")), RISK, "2026-11-20"),
    ("C01", "available", absent(away("2026-11-01", "2026-11-20")), MET, "2026-11-20"),
    ("C01", "available", absent(away("2026-12-05", "2026-12-20")), RISK, "2026-11-05"),
    ("C01", "available", absent(away("2026-11-01", "2026-12-20")), BROKEN, "2026-11-01"),
    ("C02", "highest_tenth", replace(posted(full_team()), crime=crime(HIGH)), BROKEN, "2023-11-01"),
    (
        "C02",
        "highest_tenth",
        replace(posted([*full_team(), post(OFFICER, "2026-03-04")]), crime=crime(HIGH)),
        MET,
        "2026-03-04",
    ),
    (
        "C02",
        "highest_tenth",
        replace(
            posted([*full_team(), post(OFFICER, "2026-03-04", "2026-12-10")]), crime=crime(HIGH)
        ),
        RISK,
        "2026-11-10",
    ),
    ("C03", "ward_team", posted([post("pcso", "2024-03-01")]), MET, "2024-03-01"),
    ("C03", "ward_team", posted([post("pcso", "2024-03-01", "2026-12-29")]), RISK, "2026-11-29"),
    ("C03", "ward_team", posted([post("pcso", "2024-03-01", "2026-12-30")]), MET, "2024-03-01"),
    ("C03", "ward_team", posted([post("pcso", "2026-11-20", "2026-12-10")]), RISK, "2026-11-20"),
    (
        "C03",
        "ward_team",
        posted([post("pcso", "2024-03-01", "2026-12-10"), post("pcso", "2026-12-10")]),
        MET,
        "2024-03-01",
    ),
    ("C03", "ward_team", posted([post("pcso", "2024-03-01", "2026-05-06")]), BROKEN, "2026-05-06"),
    ("C03", "borough_team", leading(post("sergeant", "2022-03-01", ward=None)), MET, "2022-03-01"),
    ("C03", "borough_team", leading(), BROKEN, "2023-11-01"),
    (
        "C04",
        "as_written",
        leading(post("borough_superintendent", "2023-05-01", ward=None)),
        MET,
        "2023-05-01",
    ),
    (
        "C04",
        "as_written",
        leading(post("borough_superintendent", "2023-05-01", "2026-09-09", ward=None)),
        BROKEN,
        "2026-09-09",
    ),
    (
        "C04",
        "as_written",
        leading(post("borough_superintendent", "2023-05-01", "2026-12-10", ward=None)),
        RISK,
        "2026-11-10",
    ),
    ("C05", "as_written", introduced(dated("2026-01-05"), dated("2026-02-10")), MET, "2026-02-10"),
    ("C05", "as_written", introduced(dated("2026-01-05")), BROKEN, "2026-04-06"),
    ("C05", "as_written", introduced(dated("2026-09-05")), RISK, "2026-11-04"),
    ("C05", "as_written", introduced(dated("2026-11-05")), NOT_DUE, "2026-11-05"),
    ("C06", "two_by_2023", events(event("2023-09-01"), event("2023-12-30")), MET, "2023-12-30"),
    ("C06", "two_by_2023", events(event("2023-09-01"), event("2024-01-02")), BROKEN, "2024-01-01"),
    (
        "C06",
        "cumulative",
        events(*(event(f"2023-1{n}-01") for n in range(3)), event("2024-05-01")),
        MET,
        "2024-05-01",
    ),
    ("C06", "cumulative", events(event("2024-05-01")), BROKEN, "2025-01-01"),
    ("C06", "in_year", events(*(event(f"2024-0{n}-01") for n in range(1, 5))), MET, "2024-04-01"),
    (
        "C06",
        "in_year",
        events(*(event(f"2023-1{n}-01") for n in range(3)), event("2024-05-01")),
        BROKEN,
        "2025-01-01",
    ),
    ("C06", "four_each_year", events(*FOUR), MET, "2026-08-03"),
    (
        "C06",
        "four_each_year",
        events(*FOUR[:3], event("2026-12-12", held=False)),
        ON_TRACK,
        "2026-11-21",
    ),
    (
        "C06",
        "four_each_year",
        events(*FOUR[:3], event("2026-11-25", held=False, lost_on=date(2026, 11, 25))),
        RISK,
        "2026-11-25",
    ),
    ("C06", "four_each_year", events(event("2025-03-03")), RISK, "2026-10-02"),
    ("C07", "as_written", priorities(), MET, "2026-10-01"),
    ("C07", "as_written", priorities(ends_on=date(2026, 11, 2)), BROKEN, "2026-11-02"),
    ("C08", "as_written", priorities(heard=(True, True)), MET, "2026-10-01"),
    ("C08", "as_written", priorities(heard=(True, False)), BROKEN, "2026-10-01"),
    ("C09", "review_on_time", priorities(), MET, "2026-10-01"),
    ("C09", "review_on_time", priorities(review_due_on=TODAY), MET, "2026-10-01"),
    ("C09", "review_on_time", priorities(review_due_on=dated("2026-11-15")), RISK, "2026-11-16"),
    ("C09", "review_on_time", priorities(review_due_on=dated("2026-11-14")), BROKEN, "2026-11-29"),
    ("C09", "review_on_time", priorities(review_due_on=dated("2026-10-01")), BROKEN, "2026-10-16"),
    ("C10", "named_as_priority", priorities(concerns=("burglary",)), MET, "2026-10-01"),
    ("C10", "named_as_priority", priorities(concerns=("hate-crime",)), RISK, "2026-10-01"),
    ("C11", "citizen_led_meetings", events(event("2024-02-01", kind="citizen_led")), MET, None),
    ("C11", "citizen_led_meetings", events(event("2024-02-01")), BROKEN, "2024-03-01"),
    ("C11", "online_polls", with_facts(first_polls={ALDER: dated("2024-02-03")}), MET, None),
    ("C11", "online_polls", with_facts(), BROKEN, "2024-03-01"),
    (
        "C11",
        "engagement_teams",
        posted([post("engagement_team", "2024-04-01", "2024-06-01")]),
        MET,
        "2024-04-01",
    ),
    ("C11", "engagement_teams", posted([]), BROKEN, "2024-03-01"),
    ("C12", "by_borough", surveyed(ALDER), MET, "2025-07-01"),
    ("C12", "by_borough", surveyed(A1), BROKEN, "2023-08-01"),
    ("C12", "by_ward", surveyed(A1), MET, "2025-07-01"),
    (
        "C12",
        "by_ward",
        with_facts(trust={A1: {k: v for k, v in trust(0.7, 0.7).items() if k[1].year == 2025}}),
        BROKEN,
        "2026-07-02",
    ),
    ("C13", "on_the_year", surveyed(ALDER), ON_TRACK, "2026-07-01"),
    ("C13", "on_the_year", with_facts(trust={ALDER: trust(0.5, 0.7)}), RISK, "2026-07-01"),
    (
        "C14",
        "gaps_on_the_year",
        surveyed(ALDER, groups=trust(0.66, 0.65, "black", 200)),
        ON_TRACK,
        "2026-07-01",
    ),
    (
        "C14",
        "gaps_on_the_year",
        surveyed(ALDER, groups=trust(0.4, 0.68, "black", 200)),
        RISK,
        "2026-07-01",
    ),
    ("C15", "neighbourhood_crime", with_facts(crime=crime(HIGH)), ON_TRACK, None),
    ("C15", "neighbourhood_crime", with_facts(crime=crime(RISEN)), RISK, None),
    ("C15", "serious_violence", with_facts(crime=crime(HIGH)), ON_TRACK, None),
    ("C15", "serious_violence", with_facts(crime=crime(RISEN)), RISK, None),
    ("C16", "as_written", posted([post("lgbt_liaison", "2024-01-09")]), MET, "2024-01-09"),
    ("C16", "as_written", posted([]), BROKEN, "2023-08-01"),
    ("C17", "board_with_all_sides", board(ALL_SIDES), MET, "2024-06-10"),
    (
        "C17",
        "board_with_all_sides",
        board([("public", "2024-06-10", "2026-07-01"), *ALL_SIDES[1:]]),
        BROKEN,
        "2026-07-01",
    ),
    (
        "C17",
        "board_with_all_sides",
        board([("public", "2024-06-10", "2026-12-10"), *ALL_SIDES[1:]]),
        RISK,
        "2026-11-10",
    ),
    ("C17", "board_with_all_sides", with_facts(), BROKEN, "2024-07-01"),
    ("C19", "counter_24_7", countered(("2023-10-02", None)), MET, "2023-10-02"),
    ("C19", "counter_24_7", countered(("2023-10-02", "2026-02-20")), BROKEN, "2026-02-20"),
    ("C19", "counter_24_7", countered(("2023-10-02", "2024-02-20")), BROKEN, "2025-05-01"),
    ("C19", "counter_24_7", countered(("2023-10-02", "2026-12-10")), RISK, "2026-11-10"),
    ("C19", "counter_24_7", countered(("2023-10-02", "2027-02-10")), MET, "2023-10-02"),
    (
        "C19",
        "counter_24_7",
        countered(("2023-10-02", "2026-12-10"), ("2026-12-10", None)),
        MET,
        "2023-10-02",
    ),
    ("C19", "co_located", built("co_located", "2024-01-01"), MET, "2024-01-01"),
    ("C19", "co_located", built("co_located", "2024-01-01", "2026-03-03"), RISK, "2026-03-03"),
    ("C21", "as_written", absent(away("2026-10-01", "2026-11-01")), MET, "2026-11-01"),
    (
        "C21",
        "as_written",
        absent(away("2026-10-01", "2026-12-25", exceptional=True)),
        MET,
        "2024-02-01",
    ),
    ("C21", "as_written", absent(away("2026-11-03", "2026-12-25")), BROKEN, "2026-11-03"),
    ("C21", "as_written", absent(away("2026-12-05", "2026-12-25")), RISK, "2026-11-05"),
    ("C22", "teams_protected", absent(away("2026-11-27", "2026-12-01")), MET, "2024-02-01"),
    ("C22", "teams_protected", absent(away("2024-09-02", "2024-10-07")), MET, "2024-10-26"),
    ("C22", "teams_protected", absent(away("2024-09-02", "2026-11-29")), BROKEN, "2024-09-10"),
    ("C22", "teams_protected", absent(away("2026-11-27", "2026-12-25")), RISK, "2026-11-05"),
    ("C22", "teams_protected", absent(away("2026-11-01", "2026-12-01")), BROKEN, "2026-11-09"),
    ("C33", "priorities_acted_on", priorities(open_priorities=(priority(None),)), MET, None),
    (
        "C33",
        "priorities_acted_on",
        priorities(open_priorities=(priority("2026-09-20", "2026-06-01"),)),
        RISK,
        "2026-11-20",
    ),
    (
        "C33",
        "priorities_acted_on",
        priorities(open_priorities=(priority("2026-08-20", "2026-06-01"),)),
        BROKEN,
        "2026-11-19",
    ),
    ("C36", "elected_voices", council(None), MET, "2024-06-10"),
    ("C36", "elected_voices", board(ALL_SIDES), BROKEN, None),
    ("C36", "elected_voices", council("2026-09-09"), BROKEN, "2026-09-09"),
    ("C36", "elected_voices", council("2026-12-09"), RISK, "2026-11-09"),
    ("C36", "board_meets", met_on("2026-06-01"), MET, "2026-06-01"),
    ("C36", "board_meets", met_on("2025-06-01", "2026-01-05", "2026-06-01"), MET, "2026-01-05"),
    (
        "C36",
        "board_meets",
        met_on("2026-01-05", "2026-07-01", until="2026-12-09"),
        RISK,
        "2026-11-09",
    ),
    (
        "C36",
        "board_meets",
        met_on("2026-01-05", "2026-06-01", until="2026-10-09"),
        BROKEN,
        "2026-10-09",
    ),
    ("C36", "board_meets", met_on("2026-05-01"), BROKEN, "2026-11-01"),
    ("C36", "board_meets", met_on(), BROKEN, "2024-12-02"),
    ("C40", "face_to_face", built("front_counter", "2024-01-01"), MET, "2024-01-01"),
    (
        "C40",
        "face_to_face",
        built("front_counter", "2024-01-01", "2026-03-03"),
        BROKEN,
        "2026-03-03",
    ),
    ("C40", "face_to_face", built("front_counter", "2024-01-01", "2026-12-10"), RISK, "2026-11-10"),
    ("C19", "co_located", built("co_located", "2024-01-01", "2026-12-10"), MET, "2024-01-01"),
    ("NPG01", "named", posted([post("pcso", "2024-03-01")]), MET, "2024-03-01"),
    ("NPG01", "named", posted([post("pcso", "2024-03-01", shown=False)]), BROKEN, "2025-08-01"),
    ("NPG02", "disputes_answered", with_facts(), MET, None),
    (
        "NPG02",
        "disputes_answered",
        with_facts(overdue={ALDER: [Overdue(uuid4(), dated("2026-11-20"))]}),
        BROKEN,
        "2026-11-20",
    ),
    ("NPG03", "every_quarter", events(event("2026-09-01", kind="surgery")), MET, "2026-09-01"),
    ("NPG03", "every_quarter", events(event("2026-08-01")), BROKEN, "2026-11-02"),
    (
        "NPG04",
        "review_on_time",
        priorities(review_due_on=dated("2026-11-01")),
        BROKEN,
        "2026-11-16",
    ),
]
"""Cases of the areas themselves; those of London alone have tests of their own below."""
