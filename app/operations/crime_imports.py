"""Recorded crime from a file: compared with what is stored, written ward by ward, reported."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from uuid import UUID

from app.database import Database, WriteSession
from app.domain.crime import WHOLE, CrimeSource
from app.errors import EvidenceFileError
from app.models.crime import CrimeCount
from app.operations import audit
from app.operations.crime_store import (
    Copied,
    CountKey,
    Import,
    add_categories,
    counts_of,
    drop_fiction,
    keep_copy,
    known_wards,
    remove_counts,
    sums_of,
    write_counts,
)
from app.progress import Progress
from app.sources.mps_crime import SOURCE, CrimeFile, CrimeLine

MOST_LOST = Fraction(1, 10)
"""A ward that would lose so large a part of its stored offences speaks for a file cut short."""

FEWEST_LOST = 50
"""Fewer offences than this may well be a revision, whatever part they are."""

NAMED = 5
WARDS_AT_ONCE = 25
"""One transaction writes this many wards: about 16,000 counts of 24 months."""


@dataclass(slots=True)
class CrimeReport:
    """What an import changed, or would, and what in the file is worth a look."""

    months: tuple[str, ...]
    wards: int = 0
    offences: int = 0
    added: int = 0
    revised: int = 0
    unchanged: int = 0
    revised_by: int = 0
    removed: int = 0
    removed_kinds: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    retired: list[str] = field(default_factory=list)
    renamed: dict[str, tuple[str, str]] = field(default_factory=dict)
    new_kinds: list[str] = field(default_factory=list)
    without_ward: int = 0
    unread: tuple[str, ...] = ()

    @property
    def changes(self) -> int:
        """How many counts are new, other than before or gone."""
        return self.added + self.revised + self.removed


@dataclass(frozen=True, slots=True)
class Plan:
    """A file's counts by ward, of the wards that the service knows, and the report so far."""

    file: CrimeFile
    wards: Mapping[str, list[CrimeLine]]
    report: CrimeReport


@dataclass(frozen=True, slots=True)
class Changes:
    """What some wards' lines change: counts that are new or revised, and counts that are gone."""

    counts: Mapping[CountKey, int]
    gone: Mapping[CountKey, int]

    @property
    def gone_kinds(self) -> dict[str, int]:
        """Offences that are gone, by kind."""
        found: dict[str, int] = {}
        for (_, _, category, subcategory), count in self.gone.items():
            kind = f"{category}/{subcategory}"
            found[kind] = found.get(kind, 0) + count
        return found


async def plan_import(database: Database, file: CrimeFile) -> Plan:
    """Sort a file's lines by ward; refuses one without any ward that the service knows."""
    async with database.reading() as session:
        known = await known_wards(session)
    report = CrimeReport(months=file.months, without_ward=file.without_ward, unread=file.unread)
    wards: dict[str, list[CrimeLine]] = {}
    for line in file.lines:
        offences = sum(line.counts)
        if line.ward_code not in known:
            report.left_out[line.ward_code] = report.left_out.get(line.ward_code, 0) + offences
            continue
        wards.setdefault(line.ward_code, []).append(line)
        report.offences += offences
        name, in_force = known[line.ward_code]
        if not in_force and line.ward_code not in report.retired:
            report.retired.append(line.ward_code)
        if in_force and line.ward_name.casefold() != name.casefold():
            report.renamed[line.ward_code] = line.ward_name, name
    if not wards:
        raise EvidenceFileError("The file has no ward that is known here; load the wards first.")
    report.wards = len(wards)
    return Plan(file, dict(sorted(wards.items())), report)


async def import_crime(
    database: Database, file: CrimeFile, order: Import, progress: Progress
) -> CrimeReport:
    """Write what a file says otherwise than the database; returns the report.

    Each batch of wards is committed by itself and a batch that says nothing new writes nothing,
    so a second run of the same file goes on where the first was stopped. The file states all of a
    ward and month that it covers: what is stored of them beside it is removed, since a renamed
    kind would be counted twice. Wards and months that it does not cover stay as they were.
    """
    plan = await plan_import(database, file)
    if not order.accept_fewer:
        await _refuse_cut_short(database, plan)
    copied = Copied(SOURCE, order.url or f"file:{file.name}", file.sha256, file.size, order.licence)
    copy_id: UUID | None = None
    done = 0
    for batch in _batches(plan.wards):
        changes = await _compare(database, plan, batch)
        if (changes.counts or changes.gone) and not order.dry_run:
            async with order.open_unit() as session:
                if copy_id is None:
                    copy_id = await _begin(session, plan, copied, order)
                await _write(session, order, copy_id, changes)
        done += len(batch)
        await progress(done, plan.report.wards, f"{plan.report.changes:,} counts changed")
    if copy_id is not None:
        async with order.open_unit() as session:
            _note(session, order, copy_id, plan.report)
    return plan.report


def _batches(wards: Mapping[str, list[CrimeLine]]) -> Iterator[dict[str, list[CrimeLine]]]:
    codes = list(wards)
    for start in range(0, len(codes), WARDS_AT_ONCE):
        yield {code: wards[code] for code in codes[start : start + WARDS_AT_ONCE]}


async def _refuse_cut_short(database: Database, plan: Plan) -> None:
    """Refuse a file that leaves a ward far fewer offences than are stored of the same months.

    Because a file states all of what it covers, one with a part of the kinds would wipe out the
    rest.
    """
    file = plan.file
    async with database.reading() as session:
        stored = await sums_of(session, CrimeSource.MPS, file.months)
    lost: list[str] = []
    for code, lines in plan.wards.items():
        shared = [place for place, month in enumerate(file.months) if (code, month) in stored]
        before = sum(stored[code, file.months[place]] for place in shared)
        now = sum(line.counts[place] for line in lines for place in shared)
        if before - now >= FEWEST_LOST and before - now >= before * MOST_LOST:
            lost.append(f"{code} ({now:,} of {before:,})")
    if lost:
        more = f" and {len(lost) - NAMED} more wards" if len(lost) > NAMED else ""
        raise EvidenceFileError(
            "The file has far fewer offences than are stored of the same months, in "
            f"{', '.join(lost[:NAMED])}{more}. A file must hold every kind of crime of its wards: "
            "what it leaves out is removed. If these are true revisions, say so "
            "(--accept-fewer; accept_fewer of a job)."
        )


async def _compare(database: Database, plan: Plan, batch: Mapping[str, list[CrimeLine]]) -> Changes:
    """Return what these wards' lines change, and add it to the report."""
    async with database.reading() as session:
        stored = await counts_of(session, CrimeSource.MPS, batch, plan.file.months)
    report = plan.report
    changed: dict[CountKey, int] = {}
    for code, lines in batch.items():
        for line in lines:
            for month, count in zip(plan.file.months, line.counts, strict=True):
                key = (code, month, line.category, line.subcategory)
                before = stored.pop(key, None)
                if before == count:
                    report.unchanged += 1
                    continue
                changed[key] = count
                report.added += before is None
                report.revised += before is not None
                report.revised_by += 0 if before is None else count - before
    covered = set(plan.file.months)
    found = Changes(changed, {key: count for key, count in stored.items() if key[1] in covered})
    report.removed += len(found.gone)
    for kind, count in found.gone_kinds.items():
        report.removed_kinds[kind] = report.removed_kinds.get(kind, 0) + count
    return found


async def _write(session: WriteSession, order: Import, copy_id: UUID, changes: Changes) -> None:
    """Write what some wards' lines change; what is removed has an entry in the audit."""
    await write_counts(session, CrimeSource.MPS, changes.counts, copy_id)
    if not changes.gone:
        return
    await remove_counts(session, CrimeSource.MPS, changes.gone)
    detail = {
        "counts": len(changes.gone),
        "wards": sorted({key[0] for key in changes.gone}),
        "offences_by_kind": changes.gone_kinds,
    }
    audit.record(
        session,
        order.caller,
        "remove_crime_counts",
        ("source_copy", copy_id),
        now=order.now,
        detail=detail,
    )


async def _begin(session: WriteSession, plan: Plan, copied: Copied, order: Import) -> UUID:
    """Note the copy, make room for kinds of crime not seen before, drop what was made up."""
    copy_id = await keep_copy(session, copied, order.now)
    kinds = {(line.category, line.subcategory): line.label.capitalize() for line in plan.file.lines}
    kinds = {kind: label for kind, label in kinds.items() if kind[1] != WHOLE}
    plan.report.new_kinds = await add_categories(session, CrimeSource.MPS, kinds)
    await drop_fiction(session, CrimeCount)
    detail = {"file": copied.url, "sha256": copied.sha256, "licence": copied.licence}
    audit.record(
        session,
        order.caller,
        "begin_crime_import",
        ("source_copy", copy_id),
        now=order.now,
        detail=detail,
    )
    return copy_id


def _note(session: WriteSession, order: Import, copy_id: UUID, report: CrimeReport) -> None:
    detail = {
        "months": [report.months[0], report.months[-1]],
        "wards": report.wards,
        "offences": report.offences,
        "added": report.added,
        "revised": report.revised,
        "removed": report.removed,
    }
    audit.record(
        session,
        order.caller,
        "import_crime",
        ("source_copy", copy_id),
        now=order.now,
        detail=detail,
    )
