"""The feed of changes to what is public, read on from where a client stopped.

It follows the audit chain, whose positions are given out under the lock of the one revision row: an
entry is seen only when all before it are, so nobody who reads on misses one.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select

from app.database import ReadSession
from app.domain.audit import PUBLIC_SUBJECTS
from app.domain.events import PUBLIC_STATUSES
from app.domain.refreshes import RefreshStatus
from app.models.audit import AuditEntry
from app.models.events import CommunityEvent
from app.models.polls import Poll
from app.models.refreshes import Refresh
from app.operations.polls_queries import visible_to
from app.pagination import Key, PageRequest, decode_cursor, encode_cursor
from app.schemas.open_data import ChangeOut, ChangesOut

DATASETS_OF: dict[str, tuple[str, ...]] = {
    "board": ("boards", "board-members", "board-meetings", "board-decisions"),
    "commitment_run": ("commitment-runs", "commitment-checks"),
    "dispute": ("disputes", "dispute-steps"),
    "facility": ("facilities", "facility-hours"),
    "publication_release": ("publication-releases",),
    "boundary_edition": ("boundary-editions", "wards", "ward-crosswalk"),
    "event": ("events", "event-wards", "event-records"),
    "evidence": ("evidence",),
    "poll": ("polls", "poll-options", "poll-results", "poll-result-options"),
    "postcodes": (),
    "priority": ("priorities", "actions", "outcomes"),
    "priority_set": ("priority-sets", "priorities"),
    "refresh": ("refreshes", "refresh-items", "priority-sets", "priorities"),
    "round": ("rounds",),
    "source_copy": ("source-copies",),
}
"""Datasets in which a change to a thing of a kind may be found."""

NAMED = PUBLIC_SUBJECTS | {"source_copy"}
"""Kinds of things whose changes are told."""

POSITION = [Key.integer(AuditEntry.position)]


async def list_changes(session: ReadSession, page: PageRequest) -> ChangesOut:
    """Return changes in the order in which they were made, and the cursor to read on from.

    Changes of what is not public (yet) are passed over; when it becomes public, that is a change.
    """
    start = 0 if page.cursor is None else decode_cursor(page.cursor, POSITION)[0]
    statement = (
        select(AuditEntry)
        .where(AuditEntry.position > start, AuditEntry.subject_kind.in_(sorted(NAMED)))
        .order_by(AuditEntry.position)
        .limit(page.limit + 1)
    )
    found = list(await session.scalars(statement))
    more, found = len(found) > page.limit, found[: page.limit]
    secret = await _not_public(session, found)
    return ChangesOut(
        items=[
            _change(entry)
            for entry in found
            if (entry.subject_kind, entry.subject_id) not in secret
        ],
        cursor=encode_cursor([found[-1].position if found else start]),
        more=more,
    )


def _change(entry: AuditEntry) -> ChangeOut:
    return ChangeOut(
        position=entry.position,
        at=entry.at,
        noun=entry.subject_kind,
        id=entry.subject_id,
        action=entry.action,
        borough_code=entry.borough_code,
        ward_code=entry.ward_code,
        datasets=list(DATASETS_OF[entry.subject_kind]),
    )


async def _not_public(session: ReadSession, entries: Sequence[AuditEntry]) -> set[tuple[str, str]]:
    """Return which of the entries' things are drafts, or not decided yet, by kind and id."""
    ids: dict[str, set[UUID]] = defaultdict(set)
    for entry in entries:
        if entry.subject_kind in GUARDED:
            ids[entry.subject_kind].add(UUID(entry.subject_id))
    secret: set[tuple[str, str]] = set()
    for kind, asked in ids.items():
        public = set(await session.scalars(_public(kind, asked)))
        secret |= {(kind, str(identifier)) for identifier in asked - public}
    return secret


GUARDED: dict[str, tuple[type[CommunityEvent | Poll | Refresh], ColumnElement[bool]]] = {
    "event": (CommunityEvent, CommunityEvent.status.in_(sorted(PUBLIC_STATUSES))),
    "poll": (Poll, visible_to(None)),
    "refresh": (Refresh, Refresh.status == RefreshStatus.PUBLISHED),
}
"""Kinds of things that are not public from the start, and when they are."""


def _public(kind: str, asked: Iterable[UUID]) -> Select[UUID]:
    table, condition = GUARDED[kind]
    return select(table.id).where(table.id.in_(sorted(asked)), condition)
