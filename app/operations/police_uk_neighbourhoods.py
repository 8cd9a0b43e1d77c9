"""The force's neighbourhoods: which ward each speaks for, and which wards nobody speaks for."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from app.database import Database, ReadSession, WriteSession, insert_for
from app.domain.police_uk import KnownWard, Matched, match_neighbourhoods
from app.geometry import shape_of
from app.models.police_uk import PoliceUkNeighbourhood
from app.models.wards import BoundaryEdition, Ward
from app.operations.police_uk_report import SyncOrder, SyncReport, WardToRead
from app.operations.source_copies import Place, Reading, keep_reading, read_source
from app.sources.police_uk import FORCE, LICENCE, SOURCE, read_neighbourhoods
from app.sources.publisher import Publisher


@dataclass(frozen=True, slots=True)
class Neighbourhoods:
    """The force's neighbourhoods as they were read, not yet noted."""

    reading: Reading
    names: Mapping[str, str]
    matches: Sequence[Matched]
    wards: Sequence[Ward]

    @property
    def ids(self) -> dict[str, str]:
        """The neighbourhood that speaks for each ward."""
        return {m.ward_code: m.neighbourhood_id for m in self.matches if m.is_read and m.ward_code}

    def wards_to_ask(self, borough: str | None) -> list[WardToRead]:
        """Return the wards to ask about, of a borough or all, in order of code."""
        ids = self.ids
        return [
            WardToRead(ward.code, ward.borough_code, shape_of(ward.boundary), ids[ward.code])
            for ward in self.wards
            if ward.code in ids and borough in {None, ward.borough_code}
        ]

    def tell(self, report: SyncReport) -> None:
        """Add to the report what does not match."""
        report.neighbourhoods = dict(Counter(matched.match.value for matched in self.matches))
        report.unmatched = {
            m.neighbourhood_id: m.match.value for m in self.matches if not m.is_read
        }
        ids = self.ids
        report.without_neighbourhood = [w.code for w in self.wards if w.code not in ids]
        if self.reading.stale_since is not None:
            report.list_is_from = self.reading.stale_since.isoformat()


async def ask_neighbourhoods(
    database: Database, publisher: Publisher, order: SyncOrder
) -> Neighbourhoods:
    """Return the force's neighbourhoods, from the publisher or, while it is away, the last copy."""
    place = Place(SOURCE, f"{publisher.base_url}/{FORCE}/neighbourhoods", LICENCE)
    reading = await read_source(database, publisher, place, fresh_since=order.day_start)
    names = read_neighbourhoods(place.url, reading.content)
    async with database.reading() as session:
        known = await _known_wards(session)
        wards = await _met_wards_in_force(session)
    return Neighbourhoods(reading, names, match_neighbourhoods(names, known, FORCE), wards)


async def _known_wards(session: ReadSession) -> dict[str, KnownWard]:
    """Return every code that was ever in force, with its latest standing."""
    statement = (
        select(Ward.code, Ward.police_force, BoundaryEdition.status)
        .join(BoundaryEdition, BoundaryEdition.id == Ward.edition_id)
        .where(BoundaryEdition.status != "inactive")
        .order_by(BoundaryEdition.valid_from)
    )
    rows = await session.execute(statement)
    return {code: KnownWard(status == "active", force) for code, force, status in rows}


async def _met_wards_in_force(session: ReadSession) -> list[Ward]:
    statement = (
        select(Ward)
        .join(BoundaryEdition, BoundaryEdition.id == Ward.edition_id)
        .where(BoundaryEdition.status == "active", Ward.police_force == FORCE)
        .order_by(Ward.code)
    )
    return list(await session.scalars(statement))


async def keep_neighbourhoods(
    session: WriteSession, found: Neighbourhoods, *, now: datetime
) -> None:
    """Note which neighbourhoods there are, which ward each names, and which are gone."""
    copy_id = await keep_reading(session, found.reading, now=now)
    rows: list[dict[str, Any]] = [
        {
            "force": FORCE,
            "neighbourhood_id": matched.neighbourhood_id,
            "name": found.names[matched.neighbourhood_id],
            "ward_code": matched.ward_code,
            "match": matched.match.value,
            "first_seen_at": now,
            "last_seen_at": now,
            "gone_at": None,
            "boundary_overlap": None,
            "copy_id": copy_id,
        }
        for matched in found.matches
    ]
    insertion = insert_for(session, PoliceUkNeighbourhood)
    moving = ("name", "ward_code", "match", "last_seen_at", "gone_at", "copy_id")
    upsert = insertion.on_conflict_do_update(
        index_elements=["force", "neighbourhood_id"],
        set_={name: insertion.excluded[name] for name in moving},
    )
    await (await session.connection()).execute(upsert, rows)
    gone = update(PoliceUkNeighbourhood).where(
        PoliceUkNeighbourhood.force == FORCE,
        PoliceUkNeighbourhood.gone_at.is_(None),
        PoliceUkNeighbourhood.last_seen_at < now,
    )
    await session.execute(gone.values(gone_at=now))


async def note_overlap(session: WriteSession, neighbourhood_id: str, overlap: float | None) -> None:
    """Note how well a neighbourhood's boundary agrees with our ward's."""
    await session.execute(
        update(PoliceUkNeighbourhood)
        .where(
            PoliceUkNeighbourhood.force == FORCE,
            PoliceUkNeighbourhood.neighbourhood_id == neighbourhood_id,
        )
        .values(boundary_overlap=overlap)
    )
