"""The history of a ward in one call: a bounded number of statements, however long it is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from app.database import ReadSession
from app.domain.events import FIRST_YEAR, LAST_YEAR
from app.domain.identity import Caller
from app.domain.ward_history import HistoryEntry, HistoryKind, Place, Wanted, merge
from app.errors import InvalidCursorError
from app.models.wards import Ward
from app.operations import history_of_disputes as of_disputes
from app.operations import history_of_priorities as of_priorities
from app.operations import history_of_promises as of_promises
from app.operations import history_of_teams as of_teams
from app.operations import history_of_voices as of_voices
from app.operations.history_windows import Kin, Question
from app.operations.refreshes_queries import labels_of, sees_unpublished
from app.operations.wards import get_ward
from app.pagination import Key, PageRequest, decode_cursor, encode_cursor


@dataclass(frozen=True, slots=True)
class Feed:
    """One source of a ward's history: the kinds it yields, and how it is read."""

    kinds: frozenset[HistoryKind]
    read: Callable[[Question], Awaitable[list[HistoryEntry]]]
    read_id: Callable[[str], object] = UUID
    """Reads the id of one of its entries; raises `ValueError` where that can be none of them."""


def _feed(read: Callable[[Question], Awaitable[list[HistoryEntry]]], *kinds: HistoryKind) -> Feed:
    return Feed(frozenset(kinds), read)


def _derived(
    read: Callable[[Question], Awaitable[list[HistoryEntry]]], *kinds: HistoryKind
) -> Feed:
    """Return a feed whose entries are worked out, and so have no row and no UUID of their own."""
    return Feed(frozenset(kinds), read, str)


def _numbered(
    read: Callable[[Question], Awaitable[list[HistoryEntry]]], *kinds: HistoryKind
) -> Feed:
    """Return a feed of rows that are known by their position."""
    return Feed(frozenset(kinds), read, Key.integer(None).read)


FEEDS: tuple[Feed, ...] = (
    _derived(of_teams.read_boundaries, HistoryKind.BOUNDARY_CHANGED),
    _feed(of_teams.read_postings_ended, HistoryKind.POSTING_ENDED),
    _feed(of_teams.read_postings_began, HistoryKind.POSTING_BEGAN),
    _derived(of_teams.read_vacancies, HistoryKind.VACANCY_CHANGED),
    _feed(of_voices.read_events, *of_voices.EVENT_KINDS.values()),
    _feed(of_voices.read_evidence, HistoryKind.EVIDENCE_SUBMITTED),
    _feed(of_voices.read_polls_opened, HistoryKind.POLL_OPENED),
    _feed(of_voices.read_polls_cancelled, HistoryKind.POLL_CANCELLED),
    _feed(of_voices.read_polls_closed, HistoryKind.POLL_CLOSED),
    _feed(of_voices.read_results, HistoryKind.POLL_RESULT),
    _feed(of_priorities.read_outcomes, HistoryKind.OUTCOME_RECORDED),
    _feed(of_priorities.read_refreshes_opened, HistoryKind.REFRESH_OPENED),
    _feed(of_priorities.read_refreshes_abandoned, HistoryKind.REFRESH_ABANDONED),
    _feed(of_priorities.read_sets, HistoryKind.PRIORITIES_PUBLISHED),
    _feed(of_priorities.read_refreshes_published, HistoryKind.REFRESH_PUBLISHED),
    _numbered(of_promises.read_changes, HistoryKind.COMMITMENT_CHANGED),
    _feed(of_disputes.read_steps, *of_disputes.STEP_KINDS.values()),
)
"""Every feed, the earlier in the list the lower among entries of one instant.

A new kind is one more feed at the end; each adds a fixed number of statements to a page.
"""


@dataclass(frozen=True, slots=True)
class HistoryFilter:
    """Which part of a history is wanted: up to now, kinds, and London days `[first, last)`."""

    now: datetime
    kinds: frozenset[HistoryKind] = frozenset()
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """A page of a ward's history, with the wards whose histories go before and after it."""

    ward: Ward
    items: list[HistoryEntry]
    next_cursor: str | None
    labels: dict[str, str]
    kin: tuple[Kin, ...]


async def read_history(
    session: ReadSession,
    caller: Caller | None,
    ward_code: str,
    *,
    page: PageRequest,
    wanted: HistoryFilter,
) -> HistoryPage:
    """Return a page of a ward's history, newest first, as far as this caller may see it."""
    ward = await get_ward(session, ward_code)
    labels = await labels_of(session)
    question = Question(
        session,
        ward,
        Wanted(
            now=wanted.now,
            limit=page.limit,
            first=wanted.first,
            last=wanted.last,
            below=_read_place(page.cursor),
            kinds=wanted.kinds or frozenset(HistoryKind),
        ),
        labels=labels,
        kin=await of_teams.list_kin(session, ward.code),
        sees_unpublished=sees_unpublished(caller, ward.borough_code, ward.code),
    )
    found = {
        number: await feed.read(replace(question, feed=number))
        for number, feed in enumerate(FEEDS)
        if feed.kinds & question.wanted.kinds
    }
    placed = merge(found, page.limit)
    kept = placed[: page.limit]
    return HistoryPage(
        ward,
        [entry for _, entry in kept],
        encode_cursor(kept[-1][0].key) if len(placed) > page.limit else None,
        labels,
        question.kin,
    )


def _read_place(cursor: str | None) -> Place | None:
    if cursor is None:
        return None
    place = Place(*decode_cursor(cursor, [Key.instant(None), Key.integer(None), Key(None)]))
    if not _is_known(place):
        raise InvalidCursorError("The cursor was not issued for this list.", pointer="cursor")
    return place


def _is_known(place: Place) -> bool:
    """Whether a place can be one of this history's: any of its feeds, a year that has entries."""
    if not 0 <= place.feed < len(FEEDS) or not FIRST_YEAR <= place.at.year <= LAST_YEAR:
        return False
    try:
        FEEDS[place.feed].read_id(place.id)
    except ValueError:
        return False
    return True
