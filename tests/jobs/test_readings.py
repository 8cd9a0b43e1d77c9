"""Jobs that fetch published files: kept with their provenance, or refused with nothing written."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.jobs.runner import Runner
from app.models.crime import CrimeCount
from app.models.population import PopulationCount
from app.models.sources import SourceCopy
from tests.crime_files import crime_csv, small_crime
from tests.support import Api

pytestmark = pytest.mark.anyio

FILES = {
    "/crime.csv": crime_csv(small_crime()),
    "/broken.csv": crime_csv(small_crime()).replace(",4,", ",four,"),
    "/page.csv": "<!DOCTYPE html>\n<html><body>Sign in to download</body></html>",
    "/census.csv": "area,dimension,category,count\nE05090001,all,all,9000\n",
}
STATUSES = {"/moved.csv": b"302 Found\r\nlocation: /crime.csv"}
asked: list[str] = []


@pytest.fixture
def settings(settings):
    """Settings of an operator who reads a mirror on their own machine."""
    return settings.model_copy(update={"outside_private_hosts": "127.0.0.1"})


@pytest.fixture
async def mirror() -> AsyncIterator[str]:
    """A server that gives the files above, over a real socket."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
        body = FILES.get(path, "").encode()
        status = b"200 OK" if body else STATUSES.get(path, b"404 Not Found")
        asked.append(path)
        length = str(len(body)).encode()
        writer.write(
            b"HTTP/1.1 %s\r\ncontent-length: %s\r\nconnection: close\r\n\r\n%s"
            % (status, length, body)
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def done(api: Api, kind: str, **parameters: Any) -> dict[str, Any]:
    """Ask for a job as an admin, let a worker do it, and return it."""
    admin = await api.as_("admin")
    posted = await admin.post("/v1/jobs", json={"kind": kind, "parameters": parameters})
    assert posted.status_code == 202, posted.text
    await Runner(api.app.state.settings).carry_out(UUID(posted.json()["id"]))
    job: dict[str, Any] = (await admin.get(posted.headers["location"])).json()
    return job


async def number_of(api: Api, what: Any) -> int:
    async with api.app.state.database.reading() as session:
        return int(await session.scalar(select(func.count()).select_from(what)) or 0)


async def test_brings_in_a_published_file_with_its_address(api: Api, mirror: str) -> None:
    job = await done(api, "import-crime", url=f"{mirror}/crime.csv")
    assert job["state"] == "succeeded", job["problem"]
    assert (job["result"]["wards"], job["result"]["revised"]) == (4, 0)
    assert await number_of(api, CrimeCount) == job["result"]["added"] > 0
    async with api.app.state.database.reading() as session:
        copy = (await session.scalars(select(SourceCopy))).one()
    assert (copy.url, len(copy.sha256)) == (f"{mirror}/crime.csv", 64)
    again = await done(api, "import-crime", url=f"{mirror}/crime.csv")
    assert (again["result"]["added"], again["result"]["revised"]) == (0, 0)


async def test_a_dry_run_keeps_nothing(api: Api, mirror: str) -> None:
    job = await done(api, "import-crime", url=f"{mirror}/crime.csv", dry_run=True)
    assert job["state"] == "succeeded", job["problem"]
    assert job["result"]["added"] > 0
    assert (await number_of(api, CrimeCount), await number_of(api, SourceCopy)) == (0, 0)


@pytest.mark.parametrize(
    ("path", "code", "words"),
    [
        ("/broken.csv", "evidence_file_refused", "'four' is not a number"),
        ("/page.csv", "evidence_file_refused", "The file is an HTML page, not a CSV table"),
        ("/none.csv", "source_refused", "answers 404"),
        ("/moved.csv", "source_malformed", "a redirect, which is not followed"),
    ],
)
async def test_a_file_that_cannot_be_used_fails_the_job_and_writes_nothing(
    api: Api, mirror: str, path: str, code: str, words: str
) -> None:
    asked.clear()
    job = await done(api, "import-crime", url=mirror + path)
    assert (job["state"], job["problem"]["code"]) == ("failed", code)
    assert words in job["problem"]["detail"]
    assert asked == [path], "not asked again"
    assert (await number_of(api, CrimeCount), await number_of(api, SourceCopy)) == (0, 0)


async def test_brings_in_residents(api: Api, mirror: str) -> None:
    job = await done(api, "import-census", url=f"{mirror}/census.csv")
    assert job["state"] == "succeeded", job["problem"]
    assert await number_of(api, PopulationCount) == 1


async def test_refuses_an_address_of_our_own_network_that_nobody_named(api: Api) -> None:
    job = await done(api, "import-crime", url="https://169.254.169.254/crime.csv")
    assert (job["state"], job["problem"]["code"]) == ("failed", "source_forbidden")
    assert "not on the public internet" in job["problem"]["detail"]
    plain = await done(api, "import-crime", url="http://publisher.example/crime.csv")
    assert plain["problem"]["code"] == "source_forbidden"
    assert "http is not called from here" in plain["problem"]["detail"]


async def test_refuses_a_layer_that_is_not_there(api: Api) -> None:
    job = await done(api, "sync-boundaries", label="1066-10")
    assert job["problem"]["code"] == "invalid_request"
