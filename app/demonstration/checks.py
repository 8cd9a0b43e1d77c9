"""Demonstration runs of the commitment checks on earlier days, so that promises turn over time."""

from datetime import date, datetime, timedelta

from app.database import Database
from app.demonstration.build import BUILDER
from app.dependencies import unit_of_work
from app.operations.commitment_runs import run_checks

AGO = (timedelta(days=56), timedelta(days=28))
"""How long ago each run is said to have been, the first first."""


async def check_in_hindsight(database: Database, *, now: datetime, today: date) -> None:
    """Run the checks as of earlier days, from the facts that the demonstration dates so."""
    for ago in AGO:
        await run_checks(
            database, lambda: unit_of_work(database), BUILDER, today=today - ago, now=now - ago
        )
