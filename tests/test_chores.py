"""Chores go on after a fault, and stop when asked."""

import asyncio

import pytest

from app.chores import Chore, Chores

pytestmark = pytest.mark.anyio


async def test_a_chore_that_fails_is_tried_again_and_disturbs_no_other(caplog):
    failed: list[int] = []
    tried_again = asyncio.Event()
    worked = asyncio.Event()

    async def fail() -> None:
        failed.append(1)
        if len(failed) > 2:
            tried_again.set()
        raise ValueError("canary-secret")

    async def work() -> None:
        worked.set()

    chores = Chores([Chore("failing", 0.001, fail), Chore("working", 0.001, work)])
    running = asyncio.create_task(chores.run())
    async with asyncio.timeout(5):
        await tried_again.wait()
        await worked.wait()
    chores.stop()
    await asyncio.wait_for(running, 5)
    assert "a chore failed" in caplog.text
    assert "canary-secret" not in caplog.text


async def test_a_chore_in_the_middle_is_let_finish():
    began, finished = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        began.set()
        await asyncio.sleep(0.05)
        finished.set()

    chores = Chores([Chore("long", 60, work)])
    running = asyncio.create_task(chores.run())
    await began.wait()
    chores.stop()
    await asyncio.wait_for(running, 5)
    assert finished.is_set()
