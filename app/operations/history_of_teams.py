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
from app.operations.history_windows import Question, newest_days


async def read_boundaries(question: Question) -> list[HistoryEntry]:
    """Return when the ward came from others, and when it went over to others."""
    entries = []
    for forward in (False, True):
        for row in await question.session.execute(_kin(question.ward.code, forward=forward)):
            way = "went over to" if forward else "came from"
            share = f"{round(row.share * 100)} % of {question.ward.name}"
            says = f"New boundaries: {share}, by area, {way} {row.name} ({row.code})."
            url = f"/v1/wards/{row.code}/history"
            at = london_midnight(row.valid_from)
            identifier = f"{row.code}-{way.split(maxsplit=1)[0]}"
            entries.append(HistoryEntry(HistoryKind.BOUNDARY_CHANGED, at, identifier, says, url))
    return [entry for entry in entries if question.wanted.holds(entry, question.feed)]


def _kin(code: str, *, forward: bool) -> Select[*tuple[Any, ...]]:
    """Return the query for the other wards that one went over to, or came from."""
    own, other = aliased(Ward), aliased(Ward)
    walk, edition = WardCrosswalk, aliased(BoundaryEdition)
    this, that, share = (
        (walk.from_ward_id, walk.to_ward_id, walk.share_of_from)
        if forward
        else (walk.to_ward_id, walk.from_ward_id, walk.share_of_to)
    )
    newer = other if forward else own
    old = aliased(BoundaryEdition)
    return (
        select(other.code, other.name, share.label("share"), edition.valid_from)
        .join(own, own.id == this)
        .join(other, other.id == that)
        .join(edition, edition.id == newer.edition_id)
        .join(old, old.id == (own if forward else other).edition_id)
        .where(own.code == code, other.code != code)
        .where(edition.status != "inactive", old.status != "inactive")
    )


async def list_kin(question: Question, *, forward: bool) -> list[dict[str, Any]]:
    """Return the wards that this one went over to or came from, each with its own history."""
    rows = await question.session.execute(_kin(question.ward.code, forward=forward))
    return [
        {"code": code, "name": name, "history": f"/v1/wards/{code}/history"}
        for code, name in sorted({(row.code, row.name) for row in rows})
    ]


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
