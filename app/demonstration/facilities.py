"""Demonstration front counters: most never close, some had their hours cut, some were shut."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from app.demonstration.scene import Scene
from app.domain.facilities import FacilityKind
from app.operations.atlas import EditionIndex, WardEntry
from app.operations.facilities import create_facility, edit_facility, set_hours
from app.schemas.events import CoordinatesIn
from app.schemas.facilities import FacilityIn, FacilityPatchIn, HoursIn

CUT, SHUT = 0.15, 0.1
"""Shares of boroughs whose counter had its hours cut, and whose counter was shut."""
OPENED_ON = date(2023, 10, 2)
OFFICE_HOURS = {
    day: [["09:00", "18:00"]] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")
}
SOURCE = "Notice at the door (demonstration)"


async def open_counters(scene: Scene, wards: list[WardEntry], index: EditionIndex) -> None:
    """Open the borough's front counter and a shared office, and let the counter meet its fate."""
    counter = await _open(scene, wards, index, FacilityKind.FRONT_COUNTER)
    await _keep(scene, counter, {"valid_from": OPENED_ON, "is_24_7": True})
    office = await _open(scene, wards, index, FacilityKind.CO_LOCATED)
    hours = {"valid_from": OPENED_ON, "is_24_7": False, "weekly": OFFICE_HOURS}
    await _keep(scene, office, hours)
    fate, day = scene.random.random(), scene.today - timedelta(days=scene.random.randrange(20, 300))
    if fate < CUT:
        await _keep(scene, counter, {**hours, "valid_from": day})
    elif fate < CUT + SHUT:
        patch = FacilityPatchIn(
            closed_on=day, close_reason="The building was sold (demonstration)."
        )
        await edit_facility(
            scene.session,
            scene.caller,
            counter,
            patch=patch,
            expected=None,
            now=scene.now,
            atlas_index=index,
        )


async def _open(
    scene: Scene, wards: list[WardEntry], index: EditionIndex, kind: FacilityKind
) -> UUID:
    ward = scene.random.choice(wards)
    where = ward.shape.representative_point()
    what = "front counter" if kind is FacilityKind.FRONT_COUNTER else "shared office"
    facility = await create_facility(
        scene.session,
        scene.caller,
        given=FacilityIn(
            borough=ward.borough_code,
            kind=kind,
            name=f"{ward.borough_name} {what} (demonstration)",
            address=f"{scene.random.randrange(1, 200)} Example Street, {ward.name}",
            location=CoordinatesIn(lat=where.y, lng=where.x),
            opened_on=OPENED_ON,
        ),
        now=scene.now,
        atlas_index=index,
    )
    return facility.id


async def _keep(scene: Scene, facility_id: UUID, hours: dict[str, Any]) -> None:
    given = HoursIn.model_validate({**hours, "verified_on": scene.today, "source": SOURCE})
    await set_hours(
        scene.session, scene.caller, facility_id, given=given, expected=None, now=scene.now
    )
