"""An act: one guarded operation, played by a role that is bound to a territory."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx

from tests.factories import ALDER, B1, BIRCH
from tests.support import Api

Scene = dict[str, Any]
"""What `prepare` made: the bodies that the act needs."""

LEADER = "borough_superintendent"
ELSEWHERE = (403, "outside_territory")
UNSEEN = (404, "not_found")


@dataclass(frozen=True)
class Act:
    """One guarded operation, played by one role bound to a territory."""

    operation_id: str
    prepare: Callable[[Api], Awaitable[Scene]]
    send: Callable[[Api, Scene], Awaitable[httpx.Response]]
    role: str = "ward_officer"
    refused_with: tuple[int, str] = ELSEWHERE

    @property
    def by_ward(self) -> bool:
        """Whether the role's territory is a ward, so that the next ward is another's."""
        return self.role != LEADER

    async def caller(self, api: Api, *, ward: str, borough: str, subject: str = "") -> Api:
        """Return the service as this role sees it from a ward, or from a borough."""
        if self.by_ward:
            return await api.as_(self.role, wards=(ward,), subject=subject)
        return await api.as_(self.role, boroughs=(borough,), subject=subject)

    async def caller_whose_posting_ended(self, api: Api, *, ward: str, borough: str) -> Api:
        """Return the service as somebody sees it whose token is good and whose posting is over."""
        former = await self.caller(api, ward=ward, borough=borough, subject="former officer")
        await self.caller(api, ward=B1, borough=BIRCH, subject="former officer")
        return former


async def nothing(api: Api) -> Scene:
    """Prepare nothing."""
    del api
    return {}


async def leader_of(api: Api) -> Api:
    """Return the service as Alder's superintendent sees it."""
    return await api.as_(LEADER, boroughs=(ALDER,))
