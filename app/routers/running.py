"""Whether the service lives and is ready, which version it is, and what its problems mean."""

from fastapi import APIRouter, Request

from app import __version__, problems
from app.dependencies import database_of
from app.errors import Mistake, NotFoundError, NotReadyError
from app.operations import running
from app.routing import ServiceRoute, public
from app.schemas.running import HealthOut, ProblemKindOut, ReadinessOut, VersionOut

NOT_READY = {
    "database": "The database does not answer.",
    "schema": "The schema is not at this release's newest migration: run `make migrate`.",
    "boundaries": "No ward boundaries are in force: run `python -m app load-geography`.",
}

router = APIRouter(tags=["running"], route_class=ServiceRoute)


@router.get("/healthz", **public(fresh_for=0))
async def get_health() -> HealthOut:
    """Say that the process is alive."""
    return HealthOut(status="alive")


@router.get("/readyz", **public(NotReadyError, fresh_for=0))
async def get_readiness(request: Request) -> ReadinessOut:
    """Say whether the database answers, its schema is current and boundaries are loaded."""
    readiness: running.Readiness = request.app.state.readiness
    checks = await readiness.check()
    if failing := [Mistake(name, NOT_READY[name]) for name, holds in checks.items() if not holds]:
        raise NotReadyError("The service is not ready.", mistakes=failing)
    return ReadinessOut(ready=True, checks=checks)


@router.get("/version", **public())
async def get_version(request: Request) -> VersionOut:
    """Say which release runs, at which schema and boundary edition."""
    async with database_of(request).reading() as session:
        schema, edition = await running.describe_data(session)
    return VersionOut(version=__version__, schema_version=schema, boundary_edition=edition)


@router.get("/problems/{kind}", **public(NotFoundError))
async def get_problem_kind(kind: str) -> ProblemKindOut:
    """Explain one kind of problem."""
    code = kind.replace("-", "_")
    for error in problems.all_error_classes():
        if error.code == code:
            return ProblemKindOut(
                code=code,
                title=error.title,
                status=int(problems.status_of(error)),
                meaning=(error.__doc__ or error.title).strip(),
            )
    for status, (known, title) in problems.FRAMEWORK_CODES.items():
        if known == code:
            return ProblemKindOut(code=code, title=title, status=status, meaning=f"{title}.")
    raise NotFoundError("problem", kind)
