"""Residents: what is known of one, where they live, and forgetting them."""

from sqlalchemy import delete, select

from app.database import ReadSession, WriteSession
from app.domain.identity import Caller
from app.domain.residents import Level
from app.errors import (
    NotAuthenticatedError,
    NotFoundError,
    NotRegisteredHereError,
    StaleVersionError,
)
from app.models.residents import Mail, Resident, ResidentSession, SignIn
from app.operations.atlas import EditionIndex
from app.operations.locate import locate_postcode
from app.schemas.residents import HomeIn


def anchor_of(caller: Caller) -> bytes:
    """Return a resident's anchor, or raise `NotRegisteredHereError` for an issuer's token."""
    if caller.anchor is None:
        raise NotRegisteredHereError("Your token comes from an issuer, which keeps this for you.")
    return caller.anchor


async def get_resident(session: ReadSession, caller: Caller) -> Resident:
    """Return a signed-in resident's row."""
    found = await session.get(Resident, anchor_of(caller))
    if found is None:
        raise NotAuthenticatedError("This session is over; sign in again.")
    return found


async def state_home(
    session: WriteSession,
    caller: Caller,
    index: EditionIndex,
    home: HomeIn,
    *,
    expected: int | None,
) -> Resident:
    """Note the ward a resident says they live in; another than before is proven anew.

    A postcode is turned into its ward and dropped.
    """
    resident = await lock_resident(session, caller)
    if expected is not None and resident.version != expected:
        raise StaleVersionError("This has changed since you read it.", pointer="If-Match")
    ward_code = home.ward
    if home.postcode is not None:
        ward_code = (await locate_postcode(ReadSession(session), index, home.postcode)).entry.code
    if ward_code not in index.by_code:
        raise NotFoundError("ward", ward_code)
    if resident.ward_code != ward_code:
        resident.ward_code, resident.level = ward_code, int(Level.STATED)
    resident.version += 1
    return resident


async def lock_resident(session: WriteSession, caller: Caller) -> Resident:
    """Return a signed-in resident's row, locked until the commit."""
    mine = select(Resident).where(Resident.anchor == anchor_of(caller)).with_for_update()
    found = (await session.scalars(mine)).one_or_none()
    if found is None:
        raise NotAuthenticatedError("This session is over; sign in again.")
    return found


async def erase_resident(session: WriteSession, anchor: bytes) -> None:
    """Delete all that is stored of a resident: row, sessions, waiting sign-in and mail.

    Their sealed ballot stays in its slot. Whoever returns gets the same slot, and no second vote.
    """
    for table in (ResidentSession, SignIn, Mail, Resident):
        await session.execute(delete(table).where(table.anchor == anchor))
