"""Small London: two boroughs of the Met and the City, seven wards on a grid; plainly synthetic.

North Brent-like `ALDER` holds A1, A2, A3; `BIRCH` holds B1, B2, B3; the City holds C1. Each ward is
a square of 0.01 degrees; row 0 is Alder, row 1 Birch, row 2 the City, from (-0.10, 51.50).
"""

import hashlib
from datetime import UTC, date, datetime

import shapely

from app.database import WriteSession
from app.geometry import as_multipolygon, local_metres, stored
from app.models.wards import Borough, BoundaryEdition, Postcode, Ward

ALDER, BIRCH, CITY = "E09000101", "E09000102", "E09000001"
A1, A2, A3 = "E05090001", "E05090002", "E05090003"
B1, B2, B3 = "E05090011", "E05090012", "E05090013"
C1 = "E05090021"
NAMES = {ALDER: "Alder", BIRCH: "Birch", CITY: "City of London"}
LAYOUT = {ALDER: [A1, A2, A3], BIRCH: [B1, B2, B3], CITY: [C1]}
POSTCODES = {"AL11AA": A1, "AL12AA": A2, "AL13AA": A3, "BI11AA": B1, "CI1A1AA": C1}
STEP = 0.01
ORIGIN = (-0.10, 51.50)
START = date(2022, 5, 5)


def square(row: int, column: int) -> shapely.MultiPolygon:
    """Return the ward square at a place on the grid."""
    west, south = ORIGIN[0] + column * STEP, ORIGIN[1] + row * STEP
    return shapely.MultiPolygon([shapely.box(west, south, west + STEP, south + STEP)])


def centre(row: int, column: int) -> dict[str, float]:
    """Return the middle of a ward square, as query parameters."""
    return {
        "lng": ORIGIN[0] + (column + 0.5) * STEP,
        "lat": ORIGIN[1] + (row + 0.5) * STEP,
    }


async def make_london(session: WriteSession) -> BoundaryEdition:
    """Write small London as the active edition, with a few postcodes."""
    edition = BoundaryEdition(
        label="synthetic",
        status="active",
        boundary_status="indicative",
        valid_from=START,
        source="synthetic",
        licence="none",
        attribution="none",
        source_sha256="0" * 64,
        ward_count=7,
        checks={},
        changes={},
        loaded_at=datetime(2026, 1, 1, tzinfo=UTC),
        activated_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    session.add(edition)
    await session.flush()
    for row, (borough, codes) in enumerate(LAYOUT.items()):
        force = "city-of-london" if borough == CITY else "metropolitan"
        outline = shapely.union_all([square(row, column) for column in range(len(codes))])
        boundary = stored(as_multipolygon(outline))
        session.add(
            Borough(code=borough, name=NAMES[borough], police_force=force, boundary=boundary)
        )
        await session.flush()
        session.add_all(
            _ward(edition, borough, code, force, row, column) for column, code in enumerate(codes)
        )
    session.add_all(Postcode(postcode=pc, ward_code=code) for pc, code in POSTCODES.items())
    return edition


def _ward(
    edition: BoundaryEdition, borough: str, code: str, force: str, row: int, column: int
) -> Ward:
    shape = square(row, column)
    return Ward(
        edition_id=edition.id,
        code=code,
        name=f"{NAMES[borough]} {column + 1}",
        borough_code=borough,
        police_force=force,
        boundary=stored(shape),
        boundary_status="indicative",
        boundary_sha256=hashlib.sha256(shape.wkb).hexdigest(),
        area_m2=local_metres(shape).area,
    )
