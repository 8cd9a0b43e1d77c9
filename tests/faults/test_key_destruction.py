"""Killed by signal 9 in the middle of destroying a round's keys: no row claims what is not so."""

import asyncio
import signal
import sys
from typing import Any
from uuid import UUID

import pytest

from app.settings import Settings
from tests.bundles import published
from tests.conftest import ROOT
from tests.faults.rigs.destroyers import BEFORE, BETWEEN, COMMIT_FIRST, COMMITTED, MOMENTS
from tests.routers.test_challenges import destruction, let_days_pass, slots_of
from tests.support import Api

pytestmark = pytest.mark.anyio


async def die_destroying(settings: Settings, round_id: str, moment: str) -> None:
    """Run the process that dies, and see that it did."""
    where = (settings.database_url, str(settings.key_store), round_id, moment)
    command = (sys.executable, "-m", "tests.faults.rigs.destroyers", *where)
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT)
    assert await process.wait() == -signal.SIGKILL


def files_of(settings: Settings, round_id: str) -> set[str]:
    """Return which of a round's two keys are still there."""
    return {path.suffix for path in settings.key_store.glob(f"round-{round_id}.*")}


async def is_claimed(api: Api, round_id: str) -> bool:
    """Whether the public record says that the keys are destroyed."""
    shown: dict[str, Any] = (await api.get(f"/v1/rounds/{round_id}")).json()
    return shown["keys_destroyed_at"] is not None


async def killed_at(api: Api, settings: Settings, moment: str) -> dict[str, Any]:
    """Return a poll whose round's keys were being destroyed when the process was killed."""
    poll = await published(api)
    await let_days_pass(api, poll)
    assert (await (await api.as_("admin")).post(destruction(poll))).status_code == 202
    await die_destroying(settings, poll["round"]["id"], moment)
    api.app.state.answers.moved_to(api.app.state.answers.revision + 1)
    return poll


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_kill_leaves_no_false_claim_and_whoever_repeats_completes_it(
    api: Api, settings: Settings, moment: str
) -> None:
    poll = await killed_at(api, settings, moment)
    round_id, before = poll["round"]["id"], await slots_of(api, UUID(poll["id"]))
    left = {BEFORE: 2, BETWEEN: 1}.get(moment, 0)
    assert len(files_of(settings, round_id)) == left
    assert await is_claimed(api, round_id) is (moment == COMMITTED)
    if moment != COMMITTED:
        done = await (await api.as_("auditor")).post(destruction(poll))
        assert done.status_code == 200, done.text
        assert not await slots_of(api, UUID(poll["id"])) & before
    assert files_of(settings, round_id) == set()
    assert await is_claimed(api, round_id)


async def test_finds_the_false_claim_where_the_commit_comes_first(
    api: Api, settings: Settings
) -> None:
    poll = await killed_at(api, settings, COMMIT_FIRST)
    round_id = poll["round"]["id"]
    assert await is_claimed(api, round_id)
    assert files_of(settings, round_id) != set()
