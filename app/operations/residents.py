"""Residents: what is known of one, where they live, and forgetting them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update

from app.database import ReadSession, WriteSession, insert_for, take_turn
from app.domain.identity import Caller
from app.domain.residents import COUNTERS_KEPT, Level
from app.domain.wards import normalise_postcode
from app.errors import (
    NotAuthenticatedError,
    NotFoundError,
    NotRegisteredHereError,
    StaleVersionError,
)
from app.keyring import Keyring
from app.models.residents import Declaration, Mail, Resident, ResidentSession, SignIn, SpentProof
from app.operations.atlas import EditionIndex
from app.operations.demographics import withdraw_answers
from app.operations.dispute_filers import filer_behind, forget_filer
from app.operations.locate import locate_postcode
from app.schemas.residents import HomeIn


@dataclass(frozen=True, slots=True)
class Caps:
    """How many residents may state a home from one place in a day before somebody looks."""

    network: int
    postcode: int


@dataclass(frozen=True, slots=True)
class Statement:
    """Where and when a resident states a home."""

    home: HomeIn
    network: str
    at: datetime


def anchor_of(caller: Caller) -> bytes:
    """Return a resident's anchor, or raise `NotRegisteredHereError` for an issuer's token."""
    if caller.anchor is None:
        raise NotRegisteredHereError("Your token comes from an issuer, which keeps this for you.")
    return caller.anchor


def holder_of(keyring: Keyring, resident: Resident) -> bytes:
    """Return what stands for a resident where their erasure must leave no anchor behind."""
    return _holder(keyring, resident.anchor)


def _holder(keyring: Keyring, anchor: bytes) -> bytes:
    return keyring.keyed("holder", anchor)


async def get_resident(session: ReadSession, caller: Caller) -> Resident:
    """Return a signed-in resident's row."""
    found = await session.get(Resident, anchor_of(caller))
    if found is None:
        raise NotAuthenticatedError("This session is over; sign in again.")
    return found


async def lock_resident(session: WriteSession, caller: Caller) -> Resident:
    """Return a signed-in resident's row, locked until the commit."""
    mine = select(Resident).where(Resident.anchor == anchor_of(caller)).with_for_update()
    found = (await session.scalars(mine)).one_or_none()
    if found is None:
        raise NotAuthenticatedError("This session is over; sign in again.")
    return found


async def state_home(
    session: WriteSession,
    caller: Caller,
    keyring: Keyring,
    said: Statement,
    *,
    index: EditionIndex,
    caps: Caps,
    expected: int | None,
) -> Resident:
    """Note the ward a resident says they live in; one other than before is to be proven anew.

    A postcode is turned into its ward and dropped. Beyond the caps the resident is quarantined.
    """
    resident = await lock_resident(session, caller)
    if expected is not None and resident.version != expected:
        raise StaleVersionError("This has changed since you read it.", pointer="If-Match")
    ward_code = await _ward_of(session, index, said.home)
    if resident.ward_code != ward_code:
        resident.ward_code, resident.level = ward_code, int(Level.STATED)
    if resident.level < Level.PROVEN:
        over = await _is_over(session, keyring, resident, said, caps=caps)
        resident.quarantined = resident.quarantined or over
    resident.version += 1
    return resident


async def _ward_of(session: WriteSession, index: EditionIndex, home: HomeIn) -> str:
    if home.postcode is not None:
        found = await locate_postcode(ReadSession(session), index, home.postcode)
        return found.entry.code
    if home.ward is None or home.ward not in index.by_code:
        raise NotFoundError("ward", home.ward)
    return home.ward


async def _is_over(
    session: WriteSession, keyring: Keyring, resident: Resident, said: Statement, *, caps: Caps
) -> bool:
    """Whether more people than a cap stated a home from the same place before this one today."""
    network = keyring.keyed("stated from network", said.network.encode())
    places = [(network, caps.network)]
    postcode = normalise_postcode(said.home.postcode or "")
    if postcode is not None:
        bucket = keyring.keyed("stated postcode", postcode.encode())
        places.append((bucket, caps.postcode))
    holder = _holder(keyring, resident.anchor)
    over = [await _rank(session, bucket, holder, said.at) > cap for bucket, cap in places]
    return any(over)


async def _rank(session: WriteSession, bucket: bytes, holder: bytes, at: datetime) -> int:
    """Return as the how manieth somebody stated a home from a place within a day.

    Stating it again changes nobody's rank.
    """
    stated = insert_for(session, Declaration).values(bucket=bucket, holder=holder, stated_at=at)
    await session.execute(stated.on_conflict_do_nothing())
    mine = (
        select(Declaration.stated_at)
        .where(Declaration.bucket == bucket, Declaration.holder == holder)
        .scalar_subquery()
    )
    earlier = (
        select(func.count())
        .select_from(Declaration)
        .where(Declaration.bucket == bucket, Declaration.stated_at <= mine)
        .where(Declaration.stated_at > at - COUNTERS_KEPT)
    )
    rank: int = (await session.execute(earlier)).scalar_one()
    return rank


async def erase_resident(
    session: WriteSession, keyring: Keyring, anchor: bytes, *, now: datetime
) -> None:
    """Delete all that is stored of a resident: row, sessions, sign-in, mail and demographics.

    Their sealed ballot stays in its slot. Whoever returns gets the same slot, and no second vote.
    A spent proof stays, as two keyed hashes, until no round of now is running any more. Disputes
    stay without a trace of who filed them; unanswered ones are withdrawn.
    """
    await take_turn(session, anchor)
    for table in (ResidentSession, SignIn, Mail, Resident):
        await session.execute(delete(table).where(table.anchor == anchor))
    await withdraw_answers(session, keyring, anchor)
    spent = update(SpentProof).where(SpentProof.holder == _holder(keyring, anchor))
    await session.execute(spent.values(erased_at=now))
    await forget_filer(session, filer_behind(anchor, keyring), now=now)
