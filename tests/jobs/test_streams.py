"""Streams over real HTTP: the service in one process, the worker in another."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.database import Database
from app.dependencies import unit_of_work
from app.jobs.runner import Runner
from app.operations.job_leases import take_up
from app.operations.jobs import ask_for_job
from app.settings import Settings
from tests.factories import ALDER
from tests.faults.rigs.servers import AS_IT_SHIPS, server
from tests.working import ASKER, KINDS, asked, found

pytestmark = pytest.mark.anyio

BY_OTHERS = {"RUN_JOBS": "false", "DATABASE_POOL_SIZE": "1"}


async def admin_of(client: httpx.AsyncClient) -> dict[str, str]:
    body = {"role": "admin", "subject": "follower"}
    token = (await client.post("/evaluation/tokens", json=body)).json()["access_token"]
    return {"Authorization": f"Bearer {token}"}


async def in_another_hand(database: Database) -> UUID:
    """Return a job that another worker has, and keeps."""
    async with unit_of_work(database) as session:
        job = await ask_for_job(session, ASKER, kind="tally", parameters={}, now=datetime.now(UTC))
        await take_up(session, job.id, lasts=timedelta(hours=1))
        return job.id


async def events(
    client: httpx.AsyncClient, job_id: UUID | str, headers: dict[str, str]
) -> AsyncIterator[dict[str, Any]]:
    """Yield the events of a stream as they arrive."""
    path = f"/v1/jobs/{job_id}/events"
    async with client.stream("GET", path, headers=headers) as answer:
        assert answer.status_code == 200, await answer.aread()
        fields: dict[str, Any] = {}
        async for line in answer.aiter_lines():
            if not line and fields:
                yield {**fields, "data": json.loads(fields["data"])}
                fields = {}
            elif line and not line.startswith(":"):
                name, _, value = line.partition(": ")
                fields[name] = value


async def test_a_stream_that_breaks_off_goes_on_without_a_gap(
    database: Database, database_url: str, settings: Settings, tmp_path: Path
) -> None:
    job_id = await asked(database, pieces=40, piece_s=0.1)
    async with server(database_url, tmp_path / "keys", AS_IT_SHIPS, **BY_OTHERS) as client:
        headers = await admin_of(client)
        working = asyncio.create_task(Runner(settings, KINDS).carry_out(job_id))
        seen: list[dict[str, Any]] = []
        breaks = 0
        while not seen or seen[-1]["event"] != "done":
            last = {"Last-Event-ID": seen[-1]["id"]} if seen else {}
            stream = events(client, job_id, {**headers, **last})
            async for event in stream:
                seen.append(event)
                if len(seen) % 3 == 0:
                    breaks += 1
                    break
            await stream.aclose()
        await working
    assert breaks >= 2
    assert [int(event["id"]) for event in seen] == list(range(1, len(seen) + 1))
    assert len(seen) == (await found(database, job_id)).last_event
    assert seen[-1]["data"]["state"] == "succeeded"
    counts = [event["data"]["done"] for event in seen]
    assert counts == sorted(counts)
    assert counts[-1] == 40


async def test_streams_that_wait_hold_no_connection_to_the_database(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    job_id = await asked(database, pieces=1)
    async with server(database_url, tmp_path / "keys", AS_IT_SHIPS, **BY_OTHERS) as client:
        headers = await admin_of(client)
        streams = [events(client, job_id, headers) for _ in range(5)]
        for stream in streams:
            assert (await anext(stream))["data"]["state"] == "queued"
        async with asyncio.timeout(10):
            for _ in range(20):
                answer = await client.get(f"/v1/jobs/{job_id}", headers=headers)
                assert answer.status_code == 200, answer.text
        for stream in streams:
            await stream.aclose()


async def test_the_service_does_jobs_itself_and_stops_in_the_middle_of_a_stream(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    unheeded = await asked(database, pieces=1)  # of a kind that this service does not know
    async with httpx.AsyncClient(timeout=20, trust_env=False) as outsider:
        async with server(database_url, tmp_path / "keys", AS_IT_SHIPS) as client:
            headers = await admin_of(client)
            keyed = {**headers, "Idempotency-Key": "one"}
            run = await client.post("/v1/refresh-runs", json={"borough_code": ALDER}, headers=keyed)
            seen = [event async for event in events(client, run.json()["id"], headers)]
            assert (seen[-1]["event"], seen[-1]["data"]["done"]) == ("done", 3)
            outsider.base_url = client.base_url
            job = await in_another_hand(database)
            stream = events(outsider, job, headers)
            await anext(stream)
            begun = time.monotonic()
        assert time.monotonic() - begun < 10
        with pytest.raises((httpx.RemoteProtocolError, StopAsyncIteration)):
            while True:
                await anext(stream)
    assert (await found(database, unheeded)).state == "failed"
