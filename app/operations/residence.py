"""Proof of residence: codes handed out in person, and an issuer's proof; each for one resident."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, select, update

from app.database import ReadSession, WriteSession, insert_for
from app.domain.identity import Caller
from app.domain.quotas import Policy
from app.domain.residents import CODE_LIFE, Level, new_code, shown_code, typed_code
from app.errors import (
    CodeRefusedError,
    NotFoundError,
    PostcodeNotFoundError,
    ProofRefusedError,
    ProofSpentError,
)
from app.keyring import Keyring
from app.models.events import CommunityEvent
from app.models.polls import Round
from app.models.residents import ResidenceCode, Resident, SpentProof
from app.operations import audit
from app.operations.atlas import EditionIndex
from app.operations.locate import locate_postcode
from app.operations.quotas import Quotas
from app.operations.residents import anchor_of, holder_of, lock_resident
from app.operations.wards import get_ward, require_met_ward
from app.proofs import ProofReader, ResidenceProof
from app.schemas.residents import ResidenceCodesIn, ResidenceIn

TRIES_PER_HOUR = Policy("residence-codes", 5, 3600)


async def issue_codes(
    session: WriteSession,
    caller: Caller,
    keyring: Keyring,
    given: ResidenceCodesIn,
    *,
    now: datetime,
) -> list[str]:
    """Return fresh codes for people met in person in a ward of the caller's.

    Only their keyed hashes are stored, and the audit trail tells how many there were.
    """
    ward = await get_ward(session, given.ward)
    await require_met_ward(session, ward)
    caller.require_territory(borough_code=ward.borough_code, ward_code=ward.code)
    if given.event is not None and await session.get(CommunityEvent, given.event) is None:
        raise NotFoundError("event", given.event)
    codes = [new_code() for _ in range(given.number)]
    session.add_all(
        ResidenceCode(
            code_hash=_code_hash(keyring, code), ward_code=ward.code, expires_at=now + CODE_LIFE
        )
        for code in codes
    )
    audit.record(
        session,
        caller,
        "issue_residence_codes",
        ("ward", ward.code),
        now=now,
        borough_code=ward.borough_code,
        ward_code=ward.code,
        detail={"number": given.number, "event": str(given.event) if given.event else None},
    )
    return [shown_code(code) for code in codes]


def _code_hash(keyring: Keyring, code: str) -> bytes:
    return keyring.keyed("residence code", code.encode())


@dataclass(frozen=True, slots=True)
class ResidenceDesk:
    """What proving a home needs in one process."""

    keyring: Keyring
    quotas: Quotas
    proofs: ProofReader | None


async def prove(
    session: WriteSession,
    caller: Caller,
    desk: ResidenceDesk,
    given: ResidenceIn,
    *,
    index: EditionIndex,
    now: datetime,
) -> Resident:
    """Lift a resident to the level of a proven home, by a code or by an issuer's proof."""
    anchor_of(caller)
    if given.code is not None:
        return await _prove_by_code(session, caller, desk, given.code, now=now)
    if desk.proofs is None:
        raise ProofRefusedError("This service takes no issuer's proofs.", pointer="/proof")
    proof = await desk.proofs.read(given.proof or "")
    return await _prove_by_issuer(session, caller, desk.keyring, proof, index=index)


async def _prove_by_code(
    session: WriteSession, caller: Caller, desk: ResidenceDesk, code: str, *, now: datetime
) -> Resident:
    """Lift a resident by a code handed out in person: they live in the ward it was handed out for.

    A code works once, in a race too. Raises `CodeRefusedError`, and `QuotaExceededError` after
    five tries in an hour: a wrong one stays counted.
    """
    resident = await lock_resident(session, caller)
    await desk.quotas.take(session, TRIES_PER_HOUR, resident.anchor.hex(), now)
    used = (
        delete(ResidenceCode)
        .where(ResidenceCode.code_hash == _code_hash(desk.keyring, typed_code(code)))
        .where(ResidenceCode.expires_at > now)
        .returning(ResidenceCode.ward_code)
    )
    ward_code = (await session.execute(used)).scalar()
    if ward_code is None:
        raise CodeRefusedError("This code is not known, was used, or is too old.", pointer="/code")
    return _lift(resident, ward_code)


async def _prove_by_issuer(
    session: WriteSession,
    caller: Caller,
    keyring: Keyring,
    proof: ResidenceProof,
    *,
    index: EditionIndex,
) -> Resident:
    """Lift a resident by an issuer's proof, whose postcode is turned into its ward and dropped.

    One person lifts one sign-in: raises `ProofSpentError` for another one, also after an erasure
    as long as a round of that time is running.
    """
    resident = await lock_resident(session, caller)
    try:
        found = await locate_postcode(ReadSession(session), index, proof.postcode)
    except PostcodeNotFoundError as unknown:
        raise ProofRefusedError(
            "The proof is of no London postcode.", pointer="/proof"
        ) from unknown
    person, holder = keyring.keyed("proof", proof.person.encode()), holder_of(keyring, resident)
    spent = insert_for(session, SpentProof).values(proof=person, holder=holder, erased_at=None)
    await session.execute(spent.on_conflict_do_nothing())
    mine = update(SpentProof).where(SpentProof.proof == person, SpentProof.holder == holder)
    kept = mine.values(erased_at=None).returning(SpentProof.proof)
    if (await session.execute(kept)).first() is None:
        raise ProofSpentError("You proved your home under another e-mail address; use that one.")
    return _lift(resident, found.entry.code)


def _lift(resident: Resident, ward_code: str) -> Resident:
    resident.ward_code, resident.level = ward_code, int(Level.PROVEN)
    resident.quarantined = False
    resident.version += 1
    return resident


def unneeded_proofs(now: datetime) -> ColumnElement[bool]:
    """Whether an erased resident's proof can give nobody a second vote any more."""
    running = select(Round.id).where(Round.opens_at <= SpentProof.erased_at, Round.closes_at > now)
    return SpentProof.erased_at.is_not(None) & ~exists(running)
