"""Datasets written into a folder, with a data package that describes what was written."""

from pathlib import Path

from app.database import ReadSession, hold_snapshot
from app.domain.open_data import package
from app.errors import NotAcceptableError
from app.operations.open_data import Dataset
from app.operations.open_data_files import described, last_change, written
from app.operations.open_data_formats import write_dataset
from app.operations.open_data_registry import DATASETS, get_dataset
from app.progress import Progress

ALL = "all"
PACKAGE = "datapackage.json"


def choose(name: str, kind: str) -> list[Dataset]:
    """Return one dataset, or all that are given out in a format; refuse one that is not."""
    if name == ALL:
        return [found for found in DATASETS.values() if kind in found.told.formats]
    found = get_dataset(name)
    if kind not in found.told.formats:
        offered = ", ".join(found.told.formats)
        raise NotAcceptableError(f"{name} is given out as {offered}.", pointer="format")
    return [found]


async def export(
    session: ReadSession, chosen: list[Dataset], kind: str, folder: Path, *, progress: Progress
) -> dict[str, int]:
    """Write datasets of one snapshot into a folder that is there; return the rows of each file.

    Each file gets its name only once it is whole. `datapackage.json` describes this export.
    """
    await hold_snapshot(session)
    rows, resources = {}, []
    for done, wanted in enumerate(chosen):
        await progress(done, len(chosen), wanted.told.name)
        name = f"{wanted.told.name}.{kind}"
        with (folder / f"{name}.part").open("wb") as target:
            sink = await write_dataset(session, wanted, kind, target)
        (folder / f"{name}.part").replace(folder / name)
        rows[name] = sink.rows
        resources.append(described(wanted.told, name, kind, sink))
    document = package(resources, created=await last_change(session))
    (folder / PACKAGE).write_bytes(written(document))
    await progress(len(chosen), len(chosen), "")
    return rows
