"""Feeds of a ward's history about its place and its team: boundaries, postings, vacancies.

Nothing is told of a hidden officer, not even the days: a team's view shows those to nobody.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import aliased

from app.domain.events import london_day, london_midnight
from app.domain.teams import EARLIEST
from app.domain.ward_history import HistoryEntry, HistoryKind, find_shortages
from app.models.teams import Officer, Posting
from app.models.wards import BoundaryEdition, Ward, WardCrosswalk
from app.operations.coverage import get_ward_coverage
from app.operations.history_windows import Kin, Question, Session, newest_days


async def read_boundaries(question: Question) -> list[HistoryEntry]:
    """Return when the ward came from others, and when it went over to others."""
    entries = [_boundary(question, kin) for kin in question.kin]
    return [entry for entry in entries if question.wanted.holds(entry, question.feed)]


def _boundary(question: Question, kin: Kin) -> HistoryEntry:
    share = f"{round(kin.share * 100)} % of {question.ward.name}"
    way = "went over to" if kin.is_later else "came from"
    return HistoryEntry(
        HistoryKind.BOUNDARY_CHANGED,
        london_midnight(kin.changed_on),
        f"{'to' if kin.is_later else 'from'}-{kin.code}-{kin.changed_on}",
        f"New boundaries: {share}, by area, {way} {kin.name} ({kin.code}).",
        f"/v1/wards/{kin.code}/history",
    )


async def list_kin(session: Session, ward_code: str) -> tuple[Kin, ...]:
    """Return the other wards that a ward came from, and those that it went over to."""
    found = []
    for is_later in (False, True):
        rows = await session.execute(_kin(ward_code, is_later=is_later))
        found += [Kin(code, name, share, on, is_later) for code, name, share, on in rows]
    return tuple(found)


def _kin(code: str, *, is_later: bool) -> Select[*tuple[Any, ...]]:
    own, other = aliased(Ward), aliased(Ward)
    before, after = aliased(BoundaryEdition), aliased(BoundaryEdition)
    walk = WardCrosswalk
    this, that, share = (
        (walk.from_ward_id, walk.to_ward_id, walk.share_of_from)
        if is_later
        else (walk.to_ward_id, walk.from_ward_id, walk.share_of_to)
    )
    old, new = (own, other) if is_later else (other, own)
    return (
        select(other.code, other.name, share, after.valid_from)
        .select_from(walk)
        .join(own, own.id == this)
        .join(other, other.id == that)
        .join(before, before.id == old.edition_id)
        .join(after, after.id == new.edition_id)
        .where(own.code == code, other.code != code)
        .where(before.status != "inactive", after.status != "inactive")
        .order_by(after.valid_from, other.code)
    )


async def read_postings_began(question: Question) -> list[HistoryEntry]:
    """Return who joined the ward's team, and when."""
    rows = await question.session.execute(
        newest_days(_postings(question), question, Posting.starts_on, Posting.id)
    )
    return [
        _posting(HistoryKind.POSTING_BEGAN, row, row.starts_on, "joined the team as")
        for row in rows
    ]


async def read_postings_ended(question: Question) -> list[HistoryEntry]:
    """Return who left the ward's team, and when."""
    rows = await question.session.execute(
        newest_days(_postings(question), question, Posting.ends_on, Posting.id)
    )
    return [
        _posting(HistoryKind.POSTING_ENDED, row, row.ends_on, "left the team, having been")
        for row in rows
    ]


def _postings(question: Question) -> Select[*tuple[Any, ...]]:
    not_empty = or_(Posting.ends_on.is_(None), Posting.ends_on > Posting.starts_on)
    return (
        select(Posting.id, Posting.role, Posting.starts_on, Posting.ends_on, Officer.display_name)
        .join(Officer, Officer.id == Posting.officer_id)
        .where(Posting.ward_code == question.ward.code, Officer.hidden.is_(False), not_empty)
    )


def _posting(kind: HistoryKind, row: Any, on: Any, did: str) -> HistoryEntry:
    role = row.role.replace("_", " ").replace("pcso", "PCSO")
    article = "an" if role[0] in "aeiou" else "a"
    says = f"{row.display_name} {did} {article} {role}."
    return HistoryEntry(kind, london_midnight(on), str(row.id), says, None)


async def read_vacancies(question: Question) -> list[HistoryEntry]:
    """Return the days on which the team fell short of the standard, or was complete again."""
    code, today = question.ward.code, london_day(question.wanted.now)
    covered = await get_ward_coverage(
        question.session, code, start=EARLIEST, end=today + timedelta(days=1)
    )
    entries = [
        HistoryEntry(
            HistoryKind.VACANCY_CHANGED,
            london_midnight(shortage.on),
            f"{shortage.on}-{shortage.role}",
            shortage.says,
            f"/v1/wards/{code}/team?on={shortage.on}",
        )
        for shortage in find_shortages(covered.spans)
    ]
    return [entry for entry in entries if question.wanted.holds(entry, question.feed)]
