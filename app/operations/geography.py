"""Loading the geography that ships: boroughs, the first boundary edition, the postcodes."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, insert, select

from app.database import WriteSession
from app.domain.editions import Place, Standing
from app.domain.identity import Caller
from app.errors import EditionRefusedError
from app.geometry import stored
from app.models.wards import Borough, BoundaryEdition, Postcode
from app.operations import audit
from app.operations.edition_checks import Expectation, check_wards
from app.operations.edition_plans import ImportPlan
from app.operations.editions import activate_edition, load_edition
from app.operations.ward_sets import ward_set_of
from app.operations.wards import find_edition
from app.sources.boundaries import BoundaryFile, read_wards
from app.sources.shipped import (
    BoroughRecord,
    Control,
    read_boroughs,
    read_controls,
    read_postcode_file,
    read_postcodes,
)

WARDS, BOROUGHS, POSTCODES = "wards.geojson", "boroughs.geojson", "postcodes_london.csv.gz"
CONTROLS = "editions"
KEPT = "postcodes_sha256"


@dataclass(frozen=True, slots=True)
class GeographyLoaded:
    """What was written: rows of each kind, all 0 when everything was there already."""

    boroughs: int
    wards: int
    postcodes: int

    @property
    def changed(self) -> bool:
        """Whether anything was written."""
        return bool(self.boroughs or self.wards or self.postcodes)


async def load_shipped_geography(
    session: WriteSession, folder: Path, caller: Caller, *, now: datetime, today: date
) -> GeographyLoaded:
    """Load what ships in a folder where it is not there yet; an edition in force is never replaced.

    Raises `BoundaryFileError` or `EditionRefusedError` when the files are not what they should be.
    """
    boroughs = read_boroughs(folder / BOROUGHS)
    new_boroughs = await _load_boroughs(session, boroughs)
    wards = 0
    edition = await find_edition(session)
    if edition is None:
        edition = await _load_wards(session, folder, boroughs, caller, now=now, today=today)
        wards = edition.ward_count
    postcodes = await _load_postcodes(session, folder / POSTCODES, edition, caller, now=now)
    return GeographyLoaded(new_boroughs, wards, postcodes)


async def _load_boroughs(session: WriteSession, records: list[BoroughRecord]) -> int:
    known = set(await session.scalars(select(Borough.code)))
    rows = [
        {
            "code": b.code,
            "name": b.name,
            "police_force": b.police_force,
            "boundary": stored(b.shape),
        }
        for b in records
        if b.code not in known
    ]
    if rows:
        await session.execute(insert(Borough), rows)
    return len(rows)


async def _load_wards(
    session: WriteSession,
    folder: Path,
    boroughs: list[BoroughRecord],
    caller: Caller,
    *,
    now: datetime,
    today: date,
) -> BoundaryEdition:
    outlines = {b.code: (b.name, b.shape) for b in boroughs}
    file = read_wards(folder / WARDS, {code: shape for code, (_, shape) in outlines.items()})
    control = _control_of(file, read_controls(folder / CONTROLS))
    status = file.boundary_status or "indicative"
    wards = ward_set_of(file.records, indicative=status == "indicative")
    findings = check_wards(wards, outlines, Expectation(control.wards, exact=True))
    plan = ImportPlan(
        file,
        wards,
        control.label,
        status,
        control.valid_from,
        Place(Standing.IN_FORCE, None),
        findings,
        None,
        None,
        findings.refusals,
    )
    edition = await load_edition(session, plan, caller, now=now)
    await activate_edition(session, edition, caller, now=now, today=today)
    return edition


def _control_of(file: BoundaryFile, controls: list[Control]) -> Control:
    label = file.metadata.get("edition")
    for control in controls:
        if control.label == label:
            return control
    raise EditionRefusedError(f"There is no control file for the edition {label!r} that ships.")


async def _load_postcodes(
    session: WriteSession, path: Path, edition: BoundaryEdition, caller: Caller, *, now: datetime
) -> int:
    """Replace the postcode table where the file is a new one; return the rows written."""
    content = read_postcode_file(path)
    digest = hashlib.sha256(content).hexdigest()
    count = (await session.execute(select(func.count()).select_from(Postcode))).scalar_one()
    latest = await _loaded_digest(session)
    if count and latest == digest:
        return 0
    rows = [{"postcode": pc, "ward_code": code} for pc, code in read_postcodes(content)]
    await session.execute(delete(Postcode))
    await session.execute(insert(Postcode), rows)
    edition.checks = {**edition.checks, KEPT: digest}
    detail: dict[str, Any] = {"rows": len(rows), "sha256": digest}
    audit.record(
        session, caller, "load_postcodes", ("postcodes", digest[:12]), now=now, detail=detail
    )
    return len(rows)


async def _loaded_digest(session: WriteSession) -> str | None:
    """Return the digest of the postcode file loaded last; the edition then in force keeps it."""
    found = await session.execute(
        select(BoundaryEdition.checks).order_by(BoundaryEdition.loaded_at.desc())
    )
    return next((checks[KEPT] for checks in found.scalars() if KEPT in checks), None)
