"""Reading other publishers with a memory: what they said last, whether it changed, if it is stale.

Asking and keeping are two steps, so that an answer is checked before anything is written, and its
copy commits together with the records made of it.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from app.database import Database, ReadSession, WriteSession
from app.errors import SourceAwayError, SourceMalformedError
from app.models.base import new_id
from app.models.sources import SourceBody, SourceCopy
from app.sources.publisher import Publisher, Question, Validators


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is read, as whose, under which terms; and if its bytes may be kept."""

    source: str
    url: str
    licence: str
    keeps_body: bool = True


@dataclass(frozen=True, slots=True)
class Reading:
    """What stands at a place, not yet noted.

    `copy_id` is set where exactly this was read before. `stale_since` is the time of the copy that
    stands in for a publisher who does not answer.
    """

    place: Place
    content: bytes
    validators: Validators
    sha256: str
    size: int
    copy_id: UUID | None = None
    was_asked: bool = True
    stale_since: datetime | None = None


def reading_of(place: Place, sha256: str, size: int) -> Reading:
    """Return a reading of which only the hash and size are kept."""
    return Reading(place, b"", Validators(), sha256, size)


async def read_source(
    database: Database, publisher: Publisher, place: Place, *, fresh_since: datetime | None = None
) -> Reading:
    """Return what stands at a place, from the publisher or from the last good copy.

    A copy that was checked since `fresh_since` is taken unasked; the last copy also stands in for
    a publisher who is away. Without one, raises the `SourceError` that says why.
    """
    async with database.reading() as session:
        last = await _find_last(session, place.url)
    if last is not None and fresh_since is not None and last[0].checked_at >= fresh_since:
        return _again(place, *last, was_asked=False)
    known = Validators() if last is None else _validators(last[0])
    try:
        answer = await publisher.ask(Question(place.url, known=known))
    except SourceAwayError:
        if last is None:
            raise
        return _again(place, *last, stale_since=last[0].checked_at)
    if answer.content is None:
        if last is None:
            raise SourceMalformedError(f"{place.url} answers 304 to what did not ask for it.")
        return _again(place, *last)
    sha256 = hashlib.sha256(answer.content).hexdigest()
    is_known = last is not None and last[0].sha256 == sha256
    return Reading(
        place,
        answer.content,
        answer.validators,
        sha256,
        len(answer.content),
        last[0].id if is_known and last is not None else None,
    )


async def _find_last(session: ReadSession, url: str) -> tuple[SourceCopy, bytes] | None:
    """Return the newest copy of an address whose bytes are kept."""
    statement = (
        select(SourceCopy, SourceBody.content)
        .join(SourceBody, SourceBody.copy_id == SourceCopy.id)
        .where(SourceCopy.url == url)
        .order_by(SourceCopy.retrieved_at.desc(), SourceCopy.id.desc())
        .limit(1)
    )
    found = (await session.execute(statement)).first()
    return None if found is None else (found[0], found[1])


def _validators(copy: SourceCopy) -> Validators:
    return Validators(copy.etag, copy.last_modified)


def _again(place: Place, copy: SourceCopy, content: bytes, **facts: Any) -> Reading:
    return Reading(place, content, _validators(copy), copy.sha256, copy.size, copy.id, **facts)


async def keep_reading(session: WriteSession, reading: Reading, *, now: datetime) -> UUID:
    """Note a reading and return its copy: a new row for new content, a later check for the same.

    Only the newest content of an address keeps its bytes.
    """
    place = reading.place
    copy_id = reading.copy_id or await _find_same(session, reading)
    if copy_id is not None:
        if reading.was_asked and reading.stale_since is None:
            given = {
                "etag": reading.validators.etag,
                "last_modified": reading.validators.last_modified,
            }
            facts: dict[str, Any] = {name: value for name, value in given.items() if value}
            checked = update(SourceCopy).where(SourceCopy.id == copy_id)
            await session.execute(checked.values(checked_at=now, **facts))
        return copy_id
    copy_id = new_id()
    if place.keeps_body:
        older = select(SourceCopy.id).where(SourceCopy.url == place.url)
        await session.execute(delete(SourceBody).where(SourceBody.copy_id.in_(older)))
    await session.execute(
        insert(SourceCopy).values(
            id=copy_id,
            source=place.source,
            url=place.url,
            retrieved_at=now,
            checked_at=now,
            etag=reading.validators.etag,
            last_modified=reading.validators.last_modified,
            licence=place.licence,
            sha256=reading.sha256,
            size=reading.size,
        )
    )
    if place.keeps_body:
        await session.execute(insert(SourceBody).values(copy_id=copy_id, content=reading.content))
    return copy_id


async def _find_same(session: WriteSession, reading: Reading) -> UUID | None:
    """Return the newest copy of a place that keeps no bytes, if it was the same."""
    if reading.place.keeps_body:
        return None
    statement = (
        select(SourceCopy.id, SourceCopy.sha256)
        .where(SourceCopy.url == reading.place.url)
        .order_by(SourceCopy.retrieved_at.desc(), SourceCopy.id.desc())
        .limit(1)
    )
    found = (await session.execute(statement)).first()
    return found.id if found is not None and found.sha256 == reading.sha256 else None
