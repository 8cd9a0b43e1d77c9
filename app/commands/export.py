"""`python -m app export`: write open data into a folder."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from app.database import Database
from app.operations.open_data_export import choose
from app.operations.open_data_export import export as write_export
from app.terminal import Exit, carry_out, watched


class Kind(StrEnum):
    """The formats of open data."""

    CSV = "csv"
    JSONL = "jsonl"
    GEOJSON = "geojson"


def export(
    dataset: Annotated[str, typer.Argument(help="The name of a dataset, or `all`.")],
    kind: Annotated[Kind, typer.Option("--format", help="The format of the files.")] = Kind.CSV,
    to: Annotated[Path, typer.Option(file_okay=False, help="The folder to write into.")] = Path(
        "open-data"
    ),
) -> None:
    """Write a dataset, or all that is public, into a folder, with a data package beside it."""

    async def act(database: Database) -> Exit:
        chosen = choose(dataset, kind.value)
        to.mkdir(parents=True, exist_ok=True)
        with watched("Datasets") as progress:
            async with database.reading() as session:
                rows = await write_export(session, chosen, kind.value, to, progress=progress)
        for name, number in rows.items():
            typer.echo(f"{name}: {number:,} rows")
        return Exit.DONE

    carry_out(act)
