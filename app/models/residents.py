"""Residents, their sign-ins and sessions, the mail that waits for them, and what proved a home.

No table holds an address or a postcode in clear. A resident is known by their anchor, a keyed hash;
the same mailbox gives the same anchor again after its row was erased. Nothing here has a column in
common with ballots, whose slots are made from anchors with a key outside the database.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base

Hash = LargeBinary(32)


class Resident(Base):
    """Somebody who proved a mailbox: their ward, how well it is proven, and on which day seen."""

    __tablename__ = "resident"

    anchor: Mapped[bytes] = mapped_column(Hash, primary_key=True)
    ward_code: Mapped[str | None] = mapped_column(String(9))
    level: Mapped[int] = mapped_column(SmallInteger)
    quarantined: Mapped[bool]
    registered_on: Mapped[date]
    seen_on: Mapped[date] = mapped_column(index=True)
    version: Mapped[int]


class ResidentSession(Base):
    """A resident who is signed in: the hash of their token and when it ends."""

    __tablename__ = "resident_session"

    token_hash: Mapped[bytes] = mapped_column(Hash, primary_key=True)
    anchor: Mapped[bytes] = mapped_column(
        ForeignKey("resident.anchor", ondelete="CASCADE"), index=True
    )
    expires_at: Mapped[datetime] = mapped_column(index=True)


class SignIn(Base):
    """A sign-in that waits for its code; a mailbox can have several, each with its own tries."""

    __tablename__ = "sign_in"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    anchor: Mapped[bytes] = mapped_column(Hash, index=True)
    code_hash: Mapped[bytes] = mapped_column(Hash)
    token_hash: Mapped[bytes] = mapped_column(Hash)
    browser_hash: Mapped[bytes] = mapped_column(Hash)
    wrong_codes: Mapped[int] = mapped_column(SmallInteger)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Mail(Base):
    """A mail on its way out, sealed with a key outside the database; sent mail is deleted."""

    __tablename__ = "mail"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    anchor: Mapped[bytes] = mapped_column(Hash, index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    attempts: Mapped[int] = mapped_column(SmallInteger)
    due_at: Mapped[datetime] = mapped_column(index=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class ResidenceCode(Base):
    """A code handed out in person, as a keyed hash; whoever types it lives in its ward."""

    __tablename__ = "residence_code"

    code_hash: Mapped[bytes] = mapped_column(Hash, primary_key=True)
    ward_code: Mapped[str] = mapped_column(String(9))
    expires_at: Mapped[datetime] = mapped_column(index=True)


class SpentProof(Base):
    """A proof of residence that lifted a resident, so that it lifts no other; both keyed hashes.

    It outlives its resident's erasure until no round of that time is running any more.
    """

    __tablename__ = "spent_proof"

    proof: Mapped[bytes] = mapped_column(Hash, primary_key=True)
    holder: Mapped[bytes] = mapped_column(Hash, index=True)
    erased_at: Mapped[datetime | None] = mapped_column(index=True)


class Declaration(Base):
    """That somebody stated a ward from a network or postcode, both as keyed hashes, for a day."""

    __tablename__ = "declaration"

    bucket: Mapped[bytes] = mapped_column(Hash, primary_key=True)
    holder: Mapped[bytes] = mapped_column(Hash, primary_key=True)
    stated_at: Mapped[datetime] = mapped_column(index=True)
