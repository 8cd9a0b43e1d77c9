"""What tests of who took part need: residents who answer, vote, and a round that ends."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert

from app.database import insert_for
from app.dependencies import unit_of_work
from app.domain.ballots import leaf_hash
from app.domain.identity import Caller, Role
from app.domain.representation import Dimension
from app.models.base import new_id
from app.models.log import PendingLeaf
from app.models.polls import Envelope, Round
from app.models.population import PopulationCount
from app.models.residents import Resident
from app.models.sources import SourceCopy
from app.operations.demographics import give_answers
from app.operations.representation import publish_due_representation
from app.sealing import Choice, associated_data, new_tracker, seal_batch
from tests.support import Api

CENSUS = {
    "age": {"0-4": 60, "5-15": 140, "16-64": 640, "65-84": 140, "85-and-over": 20},
    "sex": {"female": 510, "male": 490},
    "ethnicity": {"asian": 180, "black": 150, "mixed": 60, "other": 60, "white": 550},
    "disability": {"disabled": 140, "not-disabled": 860},
}


def voter(number: int) -> Caller:
    """Return a resident of the test's own making."""
    anchor = number.to_bytes(32, "big")
    return Caller(f"voter-{number}", Role.RESIDENT, level=1, anchor=anchor)


async def count_people(database, *wards: str, census: dict[str, dict[str, int]] = CENSUS) -> None:
    """Write the same census into each of these wards."""
    async with unit_of_work(database) as session:
        copy = SourceCopy(
            id=new_id(),
            source="census",
            url="file:synthetic.csv",
            retrieved_at=datetime.now(UTC),
            checked_at=datetime.now(UTC),
            licence="none",
            sha256="0" * 64,
            size=1,
        )
        session.add(copy)
        await session.flush()
        for ward in wards:
            for dimension, counts in census.items():
                for category, count in counts.items():
                    session.add(
                        PopulationCount(
                            area_code=ward,
                            census_on=date(2021, 3, 21),
                            dimension=dimension,
                            category=category,
                            count=count,
                            copy_id=copy.id,
                        )
                    )


async def vote(
    api: Api, poll: dict[str, Any], ballots: Iterable[tuple[dict[str, str], list[int]]], *, first=0
) -> None:
    """Put one ballot a resident in a poll's box; each says of themselves what stands beside it."""
    state, given = api.app.state, list(ballots)
    poll_id, round_id = UUID(poll["id"]), UUID(poll["round"]["id"])
    bound_to = associated_data(poll_id, poll["manifest_sha256"])
    choices = [Choice(sum(1 << p for p in ticks), new_tracker(), bound_to) for _, ticks in given]
    now = datetime.now(UTC)
    async with unit_of_work(state.database) as session:
        round_ = await session.get_one(Round, round_id)
        for emptied in (Envelope, PendingLeaf):
            await session.execute(delete(emptied).where(emptied.poll_id == poll_id))
        rows = []
        for number, sealed in enumerate(seal_batch(round_.seal_public_key, choices), start=first):
            slot = state.keyring.slot(round_id, voter(number).anchor)
            leaf = leaf_hash(round_id, poll_id, slot=slot, seq=1, sealed=sealed)
            rows.append({"round_id": round_id, "slot": slot, "poll_id": poll_id, "seq": 1})
            rows[-1] |= {"level": 1, "sealed": sealed, "leaf_hash": leaf}
        await session.execute(insert(Envelope), rows)
        leaves = [{"poll_id": poll_id, "leaf_hash": row["leaf_hash"]} for row in rows]
        await session.execute(insert(PendingLeaf), leaves)
        known = {"ward_code": None, "level": 1, "quarantined": False, "version": 1}
        days = {"registered_on": now.date(), "seen_on": now.date()}
        residents = [
            {"anchor": voter(number).anchor, **known, **days}
            for number in range(first, first + len(given))
        ]
        await session.execute(insert_for(session, Resident).on_conflict_do_nothing(), residents)
        for number, (said, _) in enumerate(given, start=first):
            answers = {d: said.get(d) for d in Dimension}
            if said:
                await give_answers(session, voter(number), state.keyring, answers, now=now)


async def publish(api: Api) -> int:
    """Do what the chore does."""
    return await publish_due_representation(api.app.state.database, api.app.state.keyring)
