"""What importing a boundary edition would do, worked out before anything is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from shapely.geometry.base import BaseGeometry
from sqlalchemy import select

from app.database import ReadSession, WriteSession
from app.domain.editions import Place, Span, Standing, place_edition
from app.errors import EditionRefusedError
from app.geometry import shape_of
from app.models.wards import BoundaryEdition
from app.operations.edition_checks import (
    Diff,
    Expectation,
    Findings,
    check_wards,
    compare_wards,
    some,
)
from app.operations.ward_sets import WardSet, load_ward_set, ward_set_of
from app.operations.wards import find_edition, list_boroughs, timeline
from app.sources.boundaries import BoundaryFile
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
    spans = [Span(e.valid_from, e.valid_to) for e in await timeline(session)]
    place, refusals = _place(spans, (valid_from, wish.until), diff, today)
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
    spans: list[Span], days: tuple[date | None, date | None], diff: Diff | None, today: date
) -> tuple[Place | None, list[str]]:
    valid_from, until = days
    if valid_from is None:
        return None, [_not_in_force(diff)]
    try:
        return place_edition(valid_from, until, spans, today=today), []
    except EditionRefusedError as refusal:
        return None, [refusal.detail]


def _not_in_force(diff: Diff | None) -> str:
    """Say why these are not the wards in force: a part of them, or other ones."""
    if diff is None:
        return "Say from which day these wards hold (--edition)."
    gone = f"{len(diff.closed)} of the wards in force ({some(diff.closed)})"
    if not diff.added:
        return f"The file is not whole: it lacks {gone}."
    lacks = f" and lacks {gone}" if diff.closed else ""
    return (
        f"These are not the wards in force: the file adds {len(diff.added)} ({some(diff.added)})"
        f"{lacks}. If they are other wards, say from which day they hold (--edition)."
    )


def _expectation(
    controls: Sequence[Control], valid_from: date | None, in_force: WardSet | None
) -> Expectation:
    for control in controls:
        if control.valid_from == valid_from:
            return Expectation(control.wards, exact=True)
    return Expectation({} if in_force is None else in_force.counts(), exact=False)


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
