"""Facts of one ward and its borough, to be judged; plainly synthetic."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from app.domain.boards import BoardFigures, MemberKind, Seat, standing
from app.domain.commitment_facts import (
    CrimeFact,
    CrimeYear,
    EventFact,
    Facts,
    Post,
    PriorityFact,
    SetFact,
    Source,
)
from app.domain.coverage import Absence, Requirement, WardLife
from app.domain.measures import Figure
from app.domain.spans import DaySpan, span_of
from tests.factories import A1, ALDER

TODAY = date(2026, 11, 29)
EVERY_SOURCE = frozenset(
    {
        Source.POSTINGS,
        Source.SETS,
        Source.EVENTS,
        Source.POLLS,
        Source.BOARDS,
        Source.FACILITIES,
        Source.DISPUTES,
    }
)
STANDARD = [
    Requirement("dedicated_ward_officer", 2, date(2023, 10, 1)),
    Requirement("pcso", 1, date(2023, 10, 1)),
]


def life(code: str) -> WardLife:
    """Return a ward of Alder that has always been there."""
    return WardLife(code, f"Ward {code[-1]}", ALDER, "Alder", "metropolitan", None, None)


EMPTY = Facts(
    today=TODAY,
    wards={A1: life(A1)},
    boroughs={ALDER: "Alder"},
    known=EVERY_SOURCE,
    ward_posts={},
    borough_posts={},
    requirements={None: STANDARD},
    sets={},
    events={},
    first_polls={},
    introductions={},
    counters={},
    boards={},
    buildings={},
    publications=[],
    overdue={},
    trust={},
    crime=None,
)


def span(starts_on: str, ends_on: str | None) -> DaySpan:
    """Return the days of two dates, the second left out for no end."""
    return span_of(
        date.fromisoformat(starts_on), None if ends_on is None else date.fromisoformat(ends_on)
    )


def with_facts(**facts: Any) -> Facts:
    """Return facts of ward A1 and its borough of which only these are there."""
    return replace(EMPTY, **facts)


def post(role: str, starts_on: str, ends_on: str | None = None, **facts: Any) -> Post:
    """Return a posting to A1, or with `ward=None` to the borough."""
    days = span(starts_on, ends_on)
    plain: dict[str, Any] = {"ward": A1, "borough": ALDER, "shown": True, "fte": Decimal(1)}
    return Post(id=uuid4(), role=role, days=days, **{**plain, **facts})


def full_team(starts_on: str = "2024-02-01", *, last: str | None = None) -> list[Post]:
    """Return two ward officers and a PCSO; the second officer's posting may end."""
    return [
        post("dedicated_ward_officer", starts_on),
        post("dedicated_ward_officer", starts_on, last),
        post("pcso", starts_on),
    ]


def posted(posts: Sequence[Post]) -> Facts:
    """Return facts with these postings to A1."""
    return with_facts(ward_posts={A1: posts})


def leading(*posts: Post) -> Facts:
    """Return facts with these postings to Alder as a whole."""
    return with_facts(borough_posts={ALDER: posts})


def away(starts_on: str, ends_on: str, *, exceptional: bool = False) -> Absence:
    """Return days on which an officer is taken away."""
    return Absence(
        date.fromisoformat(starts_on), date.fromisoformat(ends_on), exceptional=exceptional
    )


def priorities(**facts: Any) -> Facts:
    """Return facts with a set in force since 1 October 2026, reviewed at the year's end."""
    plain: dict[str, Any] = {
        "starts_on": date(2026, 10, 1),
        "ends_on": None,
        "review_due_on": date(2026, 12, 30),
    }
    return with_facts(sets={A1: [SetFact(id=uuid4(), **{**plain, **facts})]})


def priority(last_action_on: str | None, set_on: str = "2026-10-01") -> PriorityFact:
    """Return a priority that is worked on."""
    last = None if last_action_on is None else date.fromisoformat(last_action_on)
    first = date.fromisoformat(set_on)
    return PriorityFact(uuid4(), "burglary", "Fewer break-ins", first, last)


def event(day: str, **facts: Any) -> EventFact:
    """Return an open event for all of Alder that was announced three weeks ahead and held."""
    on = date.fromisoformat(day)
    plain: dict[str, Any] = {
        "kind": "open_community",
        "title": "Open evening",
        "wards": (),
        "day": on,
        "open_to_all": True,
        "held": True,
        "announced_on": on - timedelta(days=21),
        "lost_on": None,
    }
    return EventFact(id=uuid4(), **{**plain, **facts})


def events(*found: EventFact) -> Facts:
    """Return facts with these events of Alder."""
    return with_facts(events={ALDER: found})


def board(
    seats: Sequence[tuple[str, str, str | None]], dissolved_on: date | None = None, **figures: Any
) -> Facts:
    """Return facts with a board since June 2024 and these seats: kind, first day, end."""
    taken = [Seat(MemberKind(kind), span(first, end)) for kind, first, end in seats]
    plain = (UUID(int=7), ALDER, "Alder board", date(2024, 6, 1), dissolved_on)
    found = standing(plain, taken, BoardFigures(**figures), on=TODAY)
    return with_facts(boards={ALDER: [found]})


ALL_SIDES = [(kind, "2024-06-10", None) for kind in ("public", "community_leader", "police")]


def trust(now: float, then: float, group: str = "all", base: int = 800) -> dict[Any, Figure]:
    """Return a trust figure of two periods a year apart."""
    return {
        ("trust-the-met", on, group): Figure(group, on, share, base)
        for on, share in ((date(2026, 7, 1), now), (date(2025, 7, 1), then))
    }


def crime(a1: CrimeFact, others: int = 9) -> CrimeYear:
    """Return a year of crime of A1 and of wards with little."""
    rest = {f"E0509{n:04}": CrimeFact(1, (1, 1), (1, 1)) for n in range(100, 100 + others)}
    return CrimeYear("2025-11", "2026-10", has_year_before=True, wards={A1: a1, **rest})
