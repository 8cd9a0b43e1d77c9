"""All wards of one edition side by side, as arrays, so that checks and overlays are quick."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import select

from app.database import ReadSession, WriteSession
from app.geometry import all_in_metres, shapes_of
from app.models.wards import Ward
from app.sources.boundaries import WardRecord

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class WardSet:
    """The wards of one edition in order of code; `ids` are known once they are stored."""

    codes: tuple[str, ...]
    names: tuple[str, ...]
    borough_codes: tuple[str, ...]
    shapes: Array
    ids: tuple[UUID, ...]
    indicative: bool

    @cached_property
    def metres(self) -> Array:
        """The shapes on a flat grid in metres."""
        return all_in_metres(self.shapes)

    @cached_property
    def areas(self) -> Array:
        """The wards' areas on that grid, to be compared with parts of them."""
        return np.asarray(shapely.area(self.metres))

    @cached_property
    def hashes(self) -> tuple[str, ...]:
        """A digest of each shape that does not depend on where its rings begin."""
        return tuple(
            hashlib.sha256(wkb).hexdigest()
            for wkb in shapely.to_wkb(shapely.normalize(self.shapes), byte_order=1)
        )

    @cached_property
    def place_of(self) -> dict[str, int]:
        """Where each code stands."""
        return {code: place for place, code in enumerate(self.codes)}

    def counts(self) -> Counter[str]:
        """Return how many wards each borough has."""
        return Counter(self.borough_codes)


def ward_set_of(records: Sequence[WardRecord], *, indicative: bool) -> WardSet:
    """Return the wards of a file, which stand in order of code."""
    return WardSet(
        tuple(record.code for record in records),
        tuple(record.name for record in records),
        tuple(record.borough_code for record in records),
        _array([record.shape for record in records]),
        (),
        indicative,
    )


async def load_ward_set(session: ReadSession | WriteSession, edition_id: UUID) -> WardSet:
    """Return the stored wards of one edition."""
    rows = (
        await session.execute(
            select(
                Ward.id,
                Ward.code,
                Ward.name,
                Ward.borough_code,
                Ward.boundary,
                Ward.boundary_status,
            )
            .where(Ward.edition_id == edition_id)
            .order_by(Ward.code)
        )
    ).all()
    return WardSet(
        tuple(row.code for row in rows),
        tuple(row.name for row in rows),
        tuple(row.borough_code for row in rows),
        shapes_of([row.boundary for row in rows]),
        tuple(row.id for row in rows),
        any(row.boundary_status == "indicative" for row in rows),
    )


def _array(shapes: list[Any]) -> Array:
    array = np.empty(len(shapes), dtype=object)
    array[:] = shapes
    return array
