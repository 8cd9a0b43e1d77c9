"""Boundary editions: loading one inactive, and putting it in its place in time."""

import asyncio
from datetime import date, datetime
from uuid import UUID

import shapely
from geoalchemy2 import WKBElement
from shapely.geometry.base import BaseGeometry
from sqlalchemy import insert, select

from app.database import WriteSession
from app.domain.approvals import TwoPersonAct
from app.domain.editions import Place, Span, Standing, place_edition
from app.domain.identity import Caller
from app.errors import EditionRefusedError, NotFoundError
from app.geometry import as_multipolygon, square_metres, stored
from app.models.approvals import Approval
from app.models.wards import Borough, BoundaryEdition, Ward
from app.operations import audit
from app.operations.approvals import named, require_second_person
from app.operations.atlas import BOUNDARIES_MOVED
from app.operations.crosswalk import write_crosswalk
from app.operations.edition_plans import ImportPlan
from app.operations.polls_queries import any_poll_open
from app.operations.ward_sets import WardSet, load_ward_set
from app.operations.wards import list_boroughs, timeline
from app.sources.boundaries import ATTRIBUTION, LICENCE


async def get_edition(session: WriteSession, edition_id: UUID) -> BoundaryEdition:
    """Return one boundary edition."""
    edition = await session.get(BoundaryEdition, edition_id)
    if edition is None:
        raise NotFoundError("boundary edition", edition_id)
    return edition


async def load_edition(
    session: WriteSession, plan: ImportPlan, caller: Caller, *, now: datetime
) -> BoundaryEdition:
    """Store the plan's wards as an inactive edition, or raise `EditionRefusedError`."""
    if plan.refusals or plan.valid_from is None or plan.place is None:
        raise EditionRefusedError(" ".join(plan.refusals) or "The edition has no place in time.")
    edition = BoundaryEdition(
        label=plan.label,
        status="inactive",
        boundary_status=plan.boundary_status,
        valid_from=plan.valid_from,
        valid_to=plan.place.valid_to,
        source=plan.file.source,
        licence=plan.file.metadata.get("licence", LICENCE)[:200],
        attribution=plan.file.metadata.get("attribution", ATTRIBUTION)[:600],
        source_sha256=plan.file.sha256,
        ward_count=len(plan.wards.codes),
        checks=plan.findings.as_json(),
        changes={} if plan.diff is None else plan.diff.as_json(),
        loaded_at=now,
        activated_at=None,
    )
    session.add(edition)
    await session.flush()
    await session.execute(insert(Ward), await _ward_rows(session, edition, plan.wards))
    detail = {"label": edition.label, "wards": edition.ward_count, "sha256": edition.source_sha256}
    subject = ("boundary_edition", edition.id)
    audit.record(session, caller, "load_boundary_edition", subject, now=now, detail=detail)
    return edition


async def _ward_rows(
    session: WriteSession, edition: BoundaryEdition, wards: WardSet
) -> list[dict[str, object]]:
    forces = {b.code: b.police_force for b in await list_boroughs(session)}
    columns = zip(
        wards.codes,
        wards.names,
        wards.borough_codes,
        wards.shapes,
        wards.hashes,
        square_metres(wards.shapes).round().tolist(),
        strict=True,
    )
    return [
        {
            "edition_id": edition.id,
            "code": code,
            "name": name,
            "borough_code": borough,
            "police_force": forces[borough],
            "boundary": stored(shape),
            "boundary_status": edition.boundary_status,
            "boundary_sha256": digest,
            "area_m2": area,
        }
        for code, name, borough, shape, digest, area in columns
    ]


async def require_activation(
    session: WriteSession, caller: Caller, edition_id: UUID, *, reason: str, now: datetime
) -> tuple[BoundaryEdition, Approval | None]:
    """Return a loaded edition, locked, and who asked first where a poll is open and it takes two.

    Raises `SecondPersonNeededError` for the first of the two people.
    """
    locked = select(BoundaryEdition).where(BoundaryEdition.id == edition_id).with_for_update()
    edition = (await session.scalars(locked)).first()
    if edition is None:
        raise NotFoundError("boundary edition", edition_id)
    if edition.status != "inactive":
        raise EditionRefusedError(f"Edition {edition.label!r} is {edition.status} already.")
    await timeline(session, lock=True)
    if not await any_poll_open(session, now):
        return edition, None
    act, subject = TwoPersonAct.ACTIVATE_BOUNDARY_EDITION, ("boundary_edition", edition.id)
    asked = {"label": edition.label, "source_sha256": edition.source_sha256}
    return edition, await require_second_person(
        session, caller, act, subject, now=now, asked=asked, reason=reason
    )


async def activate_edition(
    session: WriteSession,
    edition: BoundaryEdition,
    caller: Caller,
    *,
    now: datetime,
    today: date,
    approval: Approval | None = None,
    reason: str | None = None,
) -> Place:
    """Put a loaded edition in its place: in force (the old one closes that day) or in history.

    Everything is one transaction: closing, opening, the crosswalk with its neighbours in time, the
    audit entry. Raises `EditionRefusedError` when its day has not come, its place was taken
    meanwhile, or a poll is open and only one person wants it.
    """
    if edition.status != "inactive":
        raise EditionRefusedError(f"Edition {edition.label!r} is {edition.status} already.")
    held = await timeline(session, lock=True)
    if approval is None and await any_poll_open(session, now):
        raise EditionRefusedError(
            "A poll is open, so a change of boundaries takes two people: load the edition with "
            "--no-activate, then two admins send POST /v1/boundary-editions/{id}/activation."
        )
    spans = [Span(e.valid_from, e.valid_to) for e in held]
    place = place_edition(edition.valid_from, edition.valid_to, spans, today=today)
    if place.standing is Standing.SCHEDULED:
        raise EditionRefusedError(f"Edition {edition.label!r} begins on {edition.valid_from}.")
    earlier = [e for e in held if e.valid_from < edition.valid_from]
    later = [e for e in held if e.valid_from > edition.valid_from]
    wards = await load_ward_set(session, edition.id)
    pairs = [(e, edition) for e in earlier[-1:]] + [(edition, e) for e in later[:1]]
    if place.standing is Standing.IN_FORCE:
        pairs += [(e, edition) for e in await _close(session, held[-1:], edition)]
        await _redraw_boroughs(session, wards)
        session.info[BOUNDARIES_MOVED] = True
    edition.status = "active" if place.standing is Standing.IN_FORCE else "closed"
    edition.valid_to, edition.activated_at = place.valid_to, now
    await session.flush()
    links = await _link(session, pairs, edition, wards)
    detail = {"label": edition.label, "standing": place.standing.value, "crosswalk_rows": links}
    signed = {} if approval is None else named(approval)
    audit.record(
        session,
        caller,
        "activate_boundary_edition",
        ("boundary_edition", edition.id),
        now=now,
        reason=reason,
        detail={**detail, **signed},
    )
    return place


async def _link(
    session: WriteSession,
    pairs: list[tuple[BoundaryEdition, BoundaryEdition]],
    edition: BoundaryEdition,
    wards: WardSet,
) -> int:
    """Write the crosswalks of an edition with its neighbours; return the number of rows."""
    rows = 0
    for old, new in pairs:
        before = wards if old is edition else await load_ward_set(session, old.id)
        after = wards if new is edition else await load_ward_set(session, new.id)
        rows += await write_crosswalk(session, before, after)
    return rows


async def _close(
    session: WriteSession, in_force: list[BoundaryEdition], successor: BoundaryEdition
) -> list[BoundaryEdition]:
    """Close the edition in force; return it where its successor replaces it from its first day."""
    for edition in in_force:
        edition.status, edition.valid_to = "closed", successor.valid_from
    await session.flush()
    return [edition for edition in in_force if edition.valid_from == successor.valid_from]


async def _redraw_boroughs(session: WriteSession, wards: WardSet) -> None:
    """Keep each borough's outline exactly the union of its wards in force."""
    for borough in await session.scalars(select(Borough)):
        own = [
            shape
            for shape, code in zip(wards.shapes, wards.borough_codes, strict=True)
            if code == borough.code
        ]
        if own:
            borough.boundary = await asyncio.to_thread(_outline, own)
    await session.flush()


def _outline(shapes: list[BaseGeometry]) -> WKBElement:
    return stored(shapely.orient_polygons(as_multipolygon(shapely.union_all(shapes))))
