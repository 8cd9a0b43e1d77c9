"""Boundary editions: what an import would do, loading one, and putting it in its place in time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import insert, select

from app.database import ReadSession, WriteSession
from app.domain.editions import Place, Span, Standing, place_edition
from app.domain.identity import Caller
from app.errors import EditionRefusedError, NotFoundError
from app.geometry import as_multipolygon, shape_of, stored
from app.models.wards import Borough, BoundaryEdition, Ward
from app.operations import audit
from app.operations.crosswalk import write_crosswalk
from app.operations.edition_checks import Diff, Expectation, Findings, check_wards, compare_wards
from app.operations.ward_sets import WardSet, load_ward_set, ward_set_of
from app.operations.wards import find_edition, list_boroughs
from app.sources.boundaries import ATTRIBUTION, LICENCE, BoundaryFile
from app.sources.shipped import Control

Boroughs = dict[str, tuple[str, BaseGeometry]]
Session = ReadSession | WriteSession


@dataclass(frozen=True, slots=True)
class Wish:
    """What the operator asks for; `None` leaves it to the file and to what is in force."""

    valid_from: date | None = None
    until: date | None = None
    label: str | None = None
    boundary_status: str | None = None


@dataclass(frozen=True, eq=False)
class ImportPlan:
    """What importing a file would do, worked out before anything is written."""

    file: BoundaryFile
    wards: WardSet
    label: str
    boundary_status: str
    valid_from: date | None
    place: Place | None
    findings: Findings
    diff: Diff | None
    existing: BoundaryEdition | None
    refusals: tuple[str, ...]

    @property
    def changes_nothing(self) -> bool:
        """Whether this very edition is already in its place, or what is in force is the same."""
        if self.existing is not None:
            return self.existing.status != "inactive"
        goes_in_force = self.place is not None and self.place.standing is Standing.IN_FORCE
        return goes_in_force and self.diff is not None and self.diff.identical


async def get_edition(session: Session, edition_id: UUID) -> BoundaryEdition:
    """Return one boundary edition."""
    edition = await session.get(BoundaryEdition, edition_id)
    if edition is None:
        raise NotFoundError("boundary edition", edition_id)
    return edition


async def known_boroughs(session: Session) -> Boroughs:
    """Return every borough's name and outline in degrees, by code."""
    return {b.code: (b.name, shape_of(b.boundary)) for b in await list_boroughs(session)}


async def plan_import(
    session: Session, file: BoundaryFile, wish: Wish, controls: Sequence[Control], *, today: date
) -> ImportPlan:
    """Return what importing a file would do: its place in time, its checks, its diff."""
    status = wish.boundary_status or file.boundary_status or "official"
    wards = ward_set_of(file.records, indicative=status == "indicative")
    current = await find_edition(session)
    in_force = None if current is None else await load_ward_set(session, current.id)
    diff = None if in_force is None else compare_wards(in_force, wards)
    valid_from = wish.valid_from
    if valid_from is None and current is not None and diff is not None and diff.same_codes:
        valid_from = current.valid_from
    place, refusals = _place(await _spans(session), valid_from, wish.until, today)
    findings = check_wards(
        wards,
        await known_boroughs(session),
        _expectation(controls, valid_from, in_force),
        foreign=file.foreign,
        repaired=file.repaired,
    )
    existing = await _find_existing(session, file, valid_from, status)
    if existing is not None:
        refusals = []
    return ImportPlan(
        file,
        wards,
        await _free_label(session, wish.label or f"{valid_from} {status}", given=wish.label),
        status,
        valid_from,
        place,
        findings,
        diff,
        existing,
        (*findings.refusals, *refusals),
    )


def _place(
    spans: list[Span], valid_from: date | None, until: date | None, today: date
) -> tuple[Place | None, list[str]]:
    if valid_from is None:
        return None, ["These are not the wards in force: say from which day they hold (--edition)."]
    try:
        return place_edition(valid_from, until, spans, today=today), []
    except EditionRefusedError as refusal:
        return None, [refusal.detail]


def _expectation(
    controls: Sequence[Control], valid_from: date | None, in_force: WardSet | None
) -> Expectation:
    for control in controls:
        if control.valid_from == valid_from:
            return Expectation(control.wards, exact=True)
    return Expectation({} if in_force is None else in_force.counts(), exact=False)


async def _spans(session: Session) -> list[Span]:
    return [Span(e.valid_from, e.valid_to) for e in await _timeline(session)]


async def _timeline(session: Session, *, lock: bool = False) -> list[BoundaryEdition]:
    """Return the editions in force or once in force, oldest first; not those replaced at once."""
    statement = (
        select(BoundaryEdition)
        .where(BoundaryEdition.status != "inactive")
        .order_by(BoundaryEdition.valid_from, BoundaryEdition.loaded_at)
    )
    if lock:
        statement = statement.with_for_update()
    found = await session.scalars(statement)
    return [e for e in found if e.valid_to is None or e.valid_to > e.valid_from]


async def _find_existing(
    session: Session, file: BoundaryFile, valid_from: date | None, status: str
) -> BoundaryEdition | None:
    statement = select(BoundaryEdition).where(
        BoundaryEdition.source_sha256 == file.sha256,
        BoundaryEdition.valid_from == valid_from,
        BoundaryEdition.boundary_status == status,
    )
    for edition in await session.scalars(statement.order_by(BoundaryEdition.loaded_at.desc())):
        if edition.valid_to is None or edition.valid_to > edition.valid_from:
            return edition
    return None


async def _free_label(session: Session, wanted: str, *, given: str | None) -> str:
    taken = set(await session.scalars(select(BoundaryEdition.label)))
    if wanted not in taken:
        return wanted
    if given is not None:
        raise EditionRefusedError(f"There is already an edition with the label {given!r}.")
    return next(f"{wanted} {n}" for n in range(2, 10_000) if f"{wanted} {n}" not in taken)


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
        wards.areas,
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
            "area_m2": float(area),
        }
        for code, name, borough, shape, digest, area in columns
    ]


async def activate_edition(
    session: WriteSession, edition: BoundaryEdition, caller: Caller, *, now: datetime, today: date
) -> Place:
    """Put a loaded edition in its place: in force (the old one closes that day) or in history.

    Everything is one transaction: closing, opening, the crosswalk with its neighbours in time, the
    audit entry.
    Raises `EditionRefusedError` when its day has not come or its place was taken meanwhile.
    """
    if edition.status != "inactive":
        raise EditionRefusedError(f"Edition {edition.label!r} is {edition.status} already.")
    timeline = await _timeline(session, lock=True)
    spans = [Span(e.valid_from, e.valid_to) for e in timeline]
    place = place_edition(edition.valid_from, edition.valid_to, spans, today=today)
    if place.standing is Standing.SCHEDULED:
        raise EditionRefusedError(f"Edition {edition.label!r} begins on {edition.valid_from}.")
    earlier = [e for e in timeline if e.valid_from < edition.valid_from]
    later = [e for e in timeline if e.valid_from > edition.valid_from]
    wards = await load_ward_set(session, edition.id)
    pairs = [(e, edition) for e in earlier[-1:]] + [(edition, e) for e in later[:1]]
    if place.standing is Standing.IN_FORCE:
        replaced = await _close(session, timeline[-1:], edition)
        pairs += [(e, edition) for e in replaced]
        await _redraw_boroughs(session, wards)
    edition.status = "active" if place.standing is Standing.IN_FORCE else "closed"
    edition.valid_to, edition.activated_at = place.valid_to, now
    await session.flush()
    links = await _link(session, pairs, edition, wards)
    detail = {"label": edition.label, "standing": place.standing.value, "crosswalk_rows": links}
    subject = ("boundary_edition", edition.id)
    audit.record(session, caller, "activate_boundary_edition", subject, now=now, detail=detail)
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
            outline = shapely.orient_polygons(as_multipolygon(shapely.union_all(own)))
            borough.boundary = stored(outline)
    await session.flush()
