"""What the service's own kinds of jobs do, in terms of its operations."""

from typing import Any

from app.jobs.work import Work
from app.keyring import Keyring
from app.operations.commitment_runs import run_checks
from app.operations.overdue_reviews import report_overdue
from app.operations.refresh_runs import open_refreshes, summary_of, wards_of_run
from app.operations.retention import forget_ended_jobs, forget_what_is_over
from app.schemas.jobs import NothingIn, OverdueReviewsIn
from app.schemas.refresh_runs import RefreshRunIn

AT_ONCE = 4
"""Wards to a transaction: it holds SQLite's one writer for a tenth of a second."""


async def run_refreshes(work: Work[RefreshRunIn]) -> dict[str, Any]:
    """Open the proposals of a run, a few wards to a transaction."""
    if "wards" not in work.checkpoint:
        async with work.open_unit() as session:
            wards = await wards_of_run(session, work.parameters, today=work.today)
            work.checkpoint = {"wards": wards, "outcomes": []}
    wards, outcomes = work.checkpoint["wards"], work.checkpoint["outcomes"]
    await work.progress(len(outcomes), len(wards), "Opening proposals")
    while batch := wards[len(outcomes) : len(outcomes) + AT_ONCE]:
        now = await work.read_clock()
        async with work.open_unit() as session:
            came_of_it = await open_refreshes(
                session, work.caller, batch, work.parameters, now=now, today=work.today
            )
            outcomes = [*outcomes, *came_of_it]
            work.checkpoint = {"wards": wards, "outcomes": outcomes}
        await work.progress(len(outcomes), len(wards), f"Opened up to {batch[-1]['name']}")
    return summary_of(outcomes)


async def report_overdue_reviews(work: Work[OverdueReviewsIn]) -> dict[str, Any]:
    """Report the wards whose review is overdue."""
    async with work.database.reading() as session:
        return await report_overdue(session, work.parameters.borough_code, today=work.today)


async def forget(work: Work[NothingIn]) -> dict[str, Any]:
    """Forget what is over until nothing is left of it, then old jobs with their events."""
    keyring = Keyring(work.settings.key_store, log_name=work.settings.log_name)
    counts = {"rows": 0, "jobs": 0, **work.checkpoint}
    while forgotten := await forget_what_is_over(work.database, keyring, now=work.now):
        counts["rows"] += forgotten
        await work.progress(counts["rows"], None, "Forgetting what is over")
    while True:
        async with work.open_unit() as session:
            forgotten = await forget_ended_jobs(session, now=work.now)
            counts["jobs"] += forgotten
            work.checkpoint = dict(counts)
        if not forgotten:
            return counts
        await work.progress(counts["rows"] + counts["jobs"], None, "Forgetting old jobs")


async def check_commitments(work: Work[NothingIn]) -> dict[str, Any]:
    """Check every promise in every area, and write down what has changed."""
    run = await run_checks(
        work.database,
        work.open_unit,
        work.caller,
        today=work.today,
        now=work.now,
        progress=work.progress,
    )
    return {
        "run": f"/v1/commitment-checks/{run.id}",
        "as_of": run.as_of.isoformat(),
        "lines": run.lines,
        "changed": run.changed,
    }
