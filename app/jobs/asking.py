"""Asking for a job: kind known, parameters that fit, a caller who is allowed and posted there."""

from datetime import datetime
from typing import Any

from pydantic import ValidationError

from app import problems
from app.database import WriteSession
from app.domain.identity import Caller, Role
from app.errors import (
    InvalidRequestError,
    Mistake,
    NotAllowedError,
    NotFoundError,
    OutsideTerritoryError,
)
from app.jobs.kinds import KINDS, Kind
from app.models.jobs import Job
from app.operations.jobs import ask_for_job
from app.operations.wards import get_borough
from app.schemas.base import In


async def ask(
    session: WriteSession, caller: Caller, name: str, given: dict[str, Any], *, now: datetime
) -> Job:
    """Write a job of this kind in the caller's own transaction, or refuse."""
    kind = KINDS.get(name)
    if kind is None:
        told = f"There is no kind of job called {name!r}; there are {', '.join(sorted(KINDS))}."
        raise InvalidRequestError(told, pointer="/kind")
    parameters = _read(kind, given)
    return await ask_for(session, caller, kind, parameters, now=now, place="/parameters")


async def ask_for(
    session: WriteSession,
    caller: Caller,
    kind: Kind,
    parameters: In,
    *,
    now: datetime,
    place: str = "",
) -> Job:
    """Do the same with parameters that were read already, `place` in the request's body."""
    if caller.role not in kind.roles:
        raise NotAllowedError(f"The role {caller.role.value} starts no job of kind {kind.name}.")
    borough_code = kind.borough(parameters)
    await _require_area(session, caller, borough_code, place)
    return await ask_for_job(
        session,
        caller,
        kind=kind.name,
        parameters=parameters.model_dump(mode="json"),
        borough_code=borough_code,
        now=now,
    )


def _read(kind: Kind, given: dict[str, Any]) -> In:
    try:
        return kind.parameters.model_validate(given)
    except ValidationError as mistakes:
        items = problems.items_of(
            [{**one, "loc": ("body", *one["loc"])} for one in mistakes.errors()]
        )
        found = [Mistake(f"/parameters{item.pointer}", item.message) for item in items]
        told = "; ".join(f"{mistake.pointer}: {mistake.message}" for mistake in found[:3])
        raise InvalidRequestError(told, mistakes=found) from None


async def _require_area(
    session: WriteSession, caller: Caller, borough_code: str | None, place: str
) -> None:
    if borough_code is None:
        if caller.role is not Role.ADMIN:
            raise OutsideTerritoryError("Name a borough of yours; all of London takes an admin.")
        return
    caller.require_territory(borough_code=borough_code)
    try:
        await get_borough(session, borough_code)
    except NotFoundError as absent:
        raise InvalidRequestError(absent.detail, pointer=f"{place}/borough_code") from None
