"""What an import would change, in lines an operator reads before anything is written."""

from collections.abc import Iterator

from app.operations.edition_plans import ImportPlan
from app.sources.boundaries import BoundaryFile

NAMED = 5
"""How many codes or names a line gives before it says that there are more."""


def describe_import(plan: ImportPlan) -> Iterator[str]:
    """Yield what the file holds and how it differs from the wards in force."""
    yield from _describe_file(plan.file)
    yield from _describe_plan(plan)


def _describe_file(file: BoundaryFile) -> Iterator[str]:
    projected = ", converted from the British National Grid" if file.reprojected else ""
    yield f"{len(file.records)} London wards from {file.source}{projected}."
    if file.foreign:
        yield f"{len(file.foreign)} features outside London left out ({_some(file.foreign)})."
    if file.repaired:
        yield f"{len(file.repaired)} invalid shapes mended ({_some(file.repaired)})."


def _describe_plan(plan: ImportPlan) -> Iterator[str]:
    found = plan.findings
    yield f"Overlaps {found.overlap_m2:,.0f} m², holes {found.gap_m2:,.0f} m²."
    if plan.diff is not None:
        diff = plan.diff
        yield f"Compared with the wards in force: {len(diff.added)} added ({_some(diff.added)})"
        yield f"  {len(diff.closed)} closed ({_some(diff.closed)})"
        names = [f"{code} {old} -> {new}" for code, old, new in diff.renamed]
        yield f"  {len(names)} renamed ({_some(names)})"
        shapes = [f"{code} {share:.1%}" for code, share in diff.reshaped]
        yield f"  {len(shapes)} reshaped ({_some(shapes)})"
    if plan.place is not None:
        until = f" until {plan.place.valid_to}" if plan.place.valid_to else ""
        yield f"Edition {plan.label!r}: {plan.place.standing.value}, from {plan.valid_from}{until}."


def _some(things: tuple[str, ...] | list[str]) -> str:
    if not things:
        return "none"
    more = ", …" if len(things) > NAMED else ""
    return ", ".join(things[:NAMED]) + more
