"""What residents say of themselves: given, changed, shown to them, withdrawn; read for counting."""

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, select

from app.database import ReadSession, WriteSession, insert_for
from app.domain.identity import Caller
from app.domain.representation import Answers, Dimension, pack_answers, unpack_answers
from app.errors import KeysMissingError
from app.keyring import Keyring
from app.models.demographics import DemographicAnswer
from app.operations.sessions import require_not_erased

logger = logging.getLogger(__name__)

KEPT_YEARS = 2
"""Answers are forgotten at the end of the second year after the one they were last given in."""


class Respondent(NamedTuple):
    """One resident's anchor and answers, in memory only, while a round is counted by group."""

    anchor: bytes
    answers: dict[Dimension, str | None]


def _anchor_of(caller: Caller, keyring: Keyring) -> bytes:
    """Return the anchor of any resident, also of one whose issuer keeps the account."""
    if caller.anchor is None:
        keyring.ensure_identity()
    return caller.anchor or keyring.anchor("subject", caller.subject)


async def give_answers(
    session: WriteSession, caller: Caller, keyring: Keyring, answers: Answers, *, now: datetime
) -> None:
    """Keep a resident's answers, sealed, in place of earlier ones.

    Raises `NotAuthenticatedError` for whoever was erased, and keeps an erasure waiting meanwhile.
    """
    await require_not_erased(session, caller)
    anchor = _anchor_of(caller, keyring)
    pseudonym = keyring.pseudonym(anchor)
    sealed = keyring.seal_answers(pseudonym, anchor + pack_answers(answers))
    kept = {"sealed": sealed, "kept_until": now.year + KEPT_YEARS}
    given = insert_for(session, DemographicAnswer).values(pseudonym=pseudonym, **kept)
    replaced = given.on_conflict_do_update(index_elements=["pseudonym"], set_=kept)
    await session.execute(replaced)


async def find_answers(
    session: ReadSession, caller: Caller, keyring: Keyring
) -> tuple[dict[Dimension, str | None], int | None]:
    """Return a resident's answers and the year in which they are forgotten; none if not given."""
    pseudonym = keyring.pseudonym(_anchor_of(caller, keyring))
    found = await session.get(DemographicAnswer, pseudonym)
    if found is None:
        return dict.fromkeys(Dimension), None
    return _open(keyring, pseudonym, found.sealed).answers, found.kept_until


async def withdraw_own(session: WriteSession, caller: Caller, keyring: Keyring) -> None:
    """Delete a resident's answers; what was counted with them stays counted."""
    await withdraw_answers(session, keyring, _anchor_of(caller, keyring))


async def withdraw_answers(session: WriteSession, keyring: Keyring, anchor: bytes) -> None:
    """Delete the answers of the resident with this anchor."""
    mine = DemographicAnswer.pseudonym == keyring.pseudonym(anchor)
    await session.execute(delete(DemographicAnswer).where(mine))


async def read_sealed(session: WriteSession) -> list[tuple[bytes, bytes]]:
    """Return every pseudonym with its sealed answers."""
    statement = select(DemographicAnswer.pseudonym, DemographicAnswer.sealed)
    return [(row.pseudonym, row.sealed) for row in await session.execute(statement)]


def open_sealed(keyring: Keyring, rows: Iterable[tuple[bytes, bytes]]) -> Iterator[Respondent]:
    """Yield respondents for counting; answers that no key opens any more count as not given."""
    unreadable = 0
    for pseudonym, sealed in rows:
        try:
            yield _open(keyring, pseudonym, sealed)
        except KeysMissingError:
            unreadable += 1
    if unreadable:
        logger.warning("demographics that no key opens", extra={"answers": unreadable})


def _open(keyring: Keyring, pseudonym: bytes, sealed: bytes) -> Respondent:
    plain = keyring.unseal_answers(pseudonym, sealed)
    size = len(Dimension)
    return Respondent(plain[:-size], unpack_answers(plain[-size:]))
