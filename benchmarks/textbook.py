"""The same two calls as most projects write them: ORM, session dependency, commit per request.

Kept as a fixture to compare with. Its ballots are *not* secret (participation and choice are
written in one transaction), which is one of the reasons why the service does it otherwise.
"""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import Depends, FastAPI, Header, HTTPException
from joserfc import jwt
from joserfc.jwk import OctKey
from pydantic import BaseModel, ConfigDict
from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, selectinload

from app.database import driver_url
from app.models.polls import Poll
from app.models.priorities import PrioritySet
from app.models.teams import Posting
from app.models.wards import Ward
from benchmarks.ceilings import ANSWER, BallotIn


class Base(DeclarativeBase):
    """The fixture's own tables."""


class Participation(Base):
    """Who voted in which poll."""

    __tablename__ = "textbook_participation"
    __table_args__ = (UniqueConstraint("poll_id", "voter"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    poll_id: Mapped[UUID]
    voter: Mapped[str] = mapped_column(String(80))


class BallotRow(Base):
    """What somebody voted for."""

    __tablename__ = "textbook_ballot"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    participation_id: Mapped[UUID] = mapped_column(ForeignKey(Participation.id))
    choices: Mapped[str] = mapped_column(String(2000))
    cast_at: Mapped[datetime]


class OfficerOut(BaseModel):
    """An officer."""

    model_config = ConfigDict(from_attributes=True)
    display_name: str
    rank: str


class PriorityOut(BaseModel):
    """A priority."""

    model_config = ConfigDict(from_attributes=True)
    rank: int
    title: str
    concern: str
    objective: dict[str, Any]


class ProfileOut(BaseModel):
    """A ward."""

    code: str
    name: str
    officers: list[OfficerOut]
    priorities: list[PriorityOut]


def create_app() -> FastAPI:  # noqa: C901, PLR0915 - a whole application in one factory, as such projects do
    """Return the textbook application on the database of `DATABASE_URL`."""
    app = FastAPI()
    engine = create_async_engine(driver_url(os.environ["DATABASE_URL"]), pool_size=16)
    sessions = async_sessionmaker(engine, expire_on_commit=False)
    key = OctKey.import_key((Path(os.environ["KEY_STORE"]) / "evaluation-issuer").read_bytes())

    async def open_session() -> AsyncIterator[AsyncSession]:
        async with sessions() as session:
            yield session

    Session = Annotated[AsyncSession, Depends(open_session)]  # noqa: N806 - an annotation

    @app.get("/bare")
    async def bare() -> dict[str, str]:
        return {"status": ANSWER[:2].decode()}

    @app.post("/tables")
    async def make_tables() -> None:
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)

    @app.get("/wards/{code}")
    async def profile(code: str, session: Session) -> ProfileOut:
        ward = (await session.scalars(select(Ward).where(Ward.code == code))).first()
        if ward is None:
            raise HTTPException(404)
        postings = await session.scalars(
            select(Posting).where(Posting.ward_code == code).options(selectinload(Posting.officer))
        )
        active = select(PrioritySet).where(
            PrioritySet.ward_code == code, PrioritySet.status == "active"
        )
        found = (
            await session.scalars(active.options(selectinload(PrioritySet.priorities)))
        ).first()
        return ProfileOut(
            code=ward.code,
            name=ward.name,
            officers=[OfficerOut.model_validate(posting.officer) for posting in postings],
            priorities=[
                PriorityOut.model_validate(priority)
                for priority in (found.priorities if found else [])
            ],
        )

    @app.put("/polls/{poll_id}/ballot", status_code=201)
    async def cast(
        poll_id: UUID, body: BallotIn, session: Session, authorization: Annotated[str, Header()]
    ) -> dict[str, str]:
        claims = jwt.decode(authorization.removeprefix("Bearer "), key, algorithms=["HS256"]).claims
        query = select(Poll).options(selectinload(Poll.options), selectinload(Poll.round))
        poll = (await session.scalars(query.where(Poll.id == poll_id))).first()
        now = datetime.now(UTC)
        if poll is None or not poll.round.opens_at <= now < poll.round.closes_at:
            raise HTTPException(409)
        if not set(body.approved_options) <= {str(option.id) for option in poll.options}:
            raise HTTPException(422)
        voted = select(Participation).where(
            Participation.poll_id == poll_id, Participation.voter == claims["sub"]
        )
        if (await session.scalars(voted)).first() is not None:
            raise HTTPException(409)
        mark = Participation(poll_id=poll_id, voter=claims["sub"])
        session.add(mark)
        await session.flush()
        ballot = BallotRow(
            participation_id=mark.id,
            choices=",".join(body.approved_options),
            cast_at=now.replace(tzinfo=None),
        )
        session.add(ballot)
        await session.commit()
        return {"id": str(ballot.id)}

    return app
