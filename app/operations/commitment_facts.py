"""Gathers what the checks of commitments read: for all of London in some twenty statements."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from app.database import ReadSession, WriteSession
from app.domain.commitment_facts import (
    CrimeYear,
    Facts,
    Overdue,
    Post,
    Source,
)
from app.domain.commitment_shares import WINDOW
from app.domain.commitments import LONDON_CODE
from app.domain.coverage import Absence, WardLife
from app.domain.events import PLAN_PUBLISHED_ON, london_day
from app.domain.spans import span_of
from app.domain.wards import PoliceForce
from app.models.boards import Board
from app.models.disputes import Dispute
from app.models.events import CommunityEvent
from app.models.facilities import Facility
from app.models.polls import Poll
from app.models.priorities import PrioritySet
from app.models.teams import Abstraction, Officer, Posting
from app.models.wards import Borough
from app.operations.boards_queries import boards_of
from app.operations.commitment_figures import list_trust
from app.operations.commitment_meetings import list_buildings, list_event_facts, list_first_polls
from app.operations.commitment_sets import list_set_facts
from app.operations.coverage import find_ward_lives, list_requirements
from app.operations.disputes_queries import overdue_disputes
from app.operations.facilities_queries import counter_spans
from app.operations.introductions import list_introductions
from app.operations.publications import publication_lateness

Session = ReadSession | WriteSession
AHEAD = timedelta(days=31)
ENTERED = {
    Source.POSTINGS: Posting.id,
    Source.SETS: PrioritySet.id,
    Source.EVENTS: CommunityEvent.id,
    Source.POLLS: Poll.id,
    Source.BOARDS: Board.id,
    Source.FACILITIES: Facility.id,
    Source.DISPUTES: Dispute.id,
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """The areas that facts are wanted of: all of the Met's, one borough's, or one ward."""

    borough: str | None = None
    ward: str | None = None


async def gather_facts(
    session: Session,
    chosen: Chosen,
    crime: CrimeYear | None,
    *,
    now: datetime,
    today: date,
) -> Facts:
    """Return the facts of the Met's areas that were chosen, as they stand today.

    `crime` is what `read_crime` found: it ranks all wards, whichever were chosen. For one ward the
    facts of boroughs alone are left out.
    """
    wards = await _list_wards(session, chosen, today)
    boroughs = await _list_boroughs(session, chosen)
    codes, areas = list(wards), list(boroughs)
    posts = await _list_posts(session, chosen, areas, today=today)
    bodies = (
        NOTHING if chosen.ward is not None else await _gather_bodies(session, areas, now, today)
    )
    return Facts(
        today=today,
        wards=wards,
        boroughs=boroughs,
        known=await _list_known(session),
        ward_posts=_grouped((p.ward, p) for p in posts),
        borough_posts=_grouped((p.borough, p) for p in posts if p.ward is None),
        requirements=await list_requirements(
            session, codes, start=PLAN_PUBLISHED_ON, end=today + AHEAD
        ),
        sets=await list_set_facts(session, None if chosen == Chosen() else codes),
        events=await list_event_facts(session, areas, now=now),
        trust=await list_trust(session, None if chosen == Chosen() else [*codes, *areas]),
        crime=crime,
        **bodies,
    )


NOTHING: dict[str, Any] = {
    "first_polls": {},
    "introductions": {},
    "counters": {},
    "boards": {},
    "buildings": {},
    "publications": [],
    "overdue": {},
}


async def _list_overdue(session: Session, now: datetime) -> dict[str, list[Overdue]]:
    """Return the disputes that nobody answered in time, by borough, or under London's code."""
    found: dict[str, list[Overdue]] = defaultdict(list)
    for one in await overdue_disputes(session, now=now):
        found[one.borough_code or LONDON_CODE].append(
            Overdue(one.dispute_id, london_day(one.due_at))
        )
    return found


async def _gather_bodies(
    session: Session, boroughs: list[str], now: datetime, today: date
) -> dict[str, Any]:
    """Return the facts that are of whole boroughs, and of London."""
    lateness = await publication_lateness(session, today=today)
    tomorrow = today + timedelta(days=1)
    return {
        "first_polls": await list_first_polls(session, boroughs, now=now),
        "introductions": await list_introductions(session, boroughs, today=today),
        "counters": await counter_spans(
            session, start=PLAN_PUBLISHED_ON, end=tomorrow, borough_codes=boroughs
        ),
        "boards": await boards_of(session, on=today),
        "buildings": await list_buildings(session, boroughs),
        "publications": list(lateness.values()),
        "overdue": await _list_overdue(session, now),
    }


def _grouped(pairs: Iterable[tuple[str | None, Post]]) -> dict[str, list[Post]]:
    found: dict[str, list[Post]] = defaultdict(list)
    for area, post in pairs:
        if area is not None:
            found[area].append(post)
    return found


async def _list_wards(session: Session, chosen: Chosen, today: date) -> dict[str, WardLife]:
    codes = None if chosen.ward is None else [chosen.ward]
    lives = await find_ward_lives(session, codes=codes, borough_code=chosen.borough)
    return {
        code: life
        for code, life in lives.items()
        if life.police_force == PoliceForce.METROPOLITAN and life.exists_on(today)
    }


async def _list_boroughs(session: Session, chosen: Chosen) -> dict[str, str]:
    statement = (
        select(Borough.code, Borough.name)
        .where(Borough.police_force == PoliceForce.METROPOLITAN)
        .order_by(Borough.code)
    )
    if chosen.borough is not None:
        statement = statement.where(Borough.code == chosen.borough)
    return {row.code: row.name for row in await session.execute(statement)}


async def _list_known(session: Session) -> frozenset[str]:
    """Return the sources in which anything was ever entered."""
    known = set()
    for source, column in ENTERED.items():
        if (await session.scalars(select(column).limit(1))).first() is not None:
            known.add(source)
    return frozenset(known)


def _of_ward(column: ColumnElement[str | None], chosen: Chosen) -> list[ColumnElement[bool]]:
    return [] if chosen.ward is None else [column == chosen.ward]


async def _list_posts(
    session: Session, chosen: Chosen, boroughs: list[str], *, today: date
) -> list[Post]:
    """Return every posting since the plan came out, with the days its officer was taken away.

    Those of the 28 days before it count too: they are in the first windows that C22 looks at.
    """
    wanted = (
        or_(Posting.ends_on.is_(None), Posting.ends_on > PLAN_PUBLISHED_ON - WINDOW),
        Posting.starts_on < today + AHEAD,
        Posting.borough_code.in_(boroughs),
        *_of_ward(Posting.ward_code.expression, chosen),
    )
    absences = await _list_absences(session, wanted)
    rows = await session.execute(
        select(
            Posting.id,
            Posting.role,
            Posting.fte,
            Posting.starts_on,
            Posting.ends_on,
            Posting.ward_code,
            Posting.borough_code,
            Officer.hidden,
        )
        .join(Officer, Officer.id == Posting.officer_id)
        .where(*wanted)
        .order_by(Posting.starts_on, Posting.id)
    )
    return [
        Post(
            row.id,
            row.role,
            row.fte,
            span_of(row.starts_on, row.ends_on),
            row.ward_code,
            row.borough_code,
            shown=not row.hidden,
            absences=tuple(absences.get(row.id, ())),
        )
        for row in rows
        if row.ends_on is None or row.ends_on > row.starts_on
    ]


async def _list_absences(
    session: Session, wanted: Sequence[ColumnElement[bool]]
) -> dict[UUID, list[Absence]]:
    absences: dict[UUID, list[Absence]] = defaultdict(list)
    away = select(
        Abstraction.posting_id, Abstraction.starts_on, Abstraction.ends_on, Abstraction.exceptional
    ).join(Posting, Posting.id == Abstraction.posting_id)
    for row in await session.execute(away.where(*wanted).order_by(Abstraction.starts_on)):
        absences[row.posting_id].append(
            Absence(row.starts_on, row.ends_on, exceptional=row.exceptional)
        )
    return absences
