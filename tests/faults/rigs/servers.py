"""The service in a process of its own, started the way an operator starts it or another way."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx

from tests import ports
from tests.conftest import ROOT

START_S, PAUSE_S = 60.0, 0.05
LONG_S = "60"
"""How long a connection may be idle where a crowd opens many before it asks: `KEEP_ALIVE_S`."""

AS_IT_SHIPS = "from app.serving import serve; from app.settings import Settings; serve(Settings())"
PLAIN_UVICORN = (
    "import os, uvicorn; uvicorn.run('app.main:create_app', factory=True, log_level='critical', "
    "access_log=False, http='httptools', port=int(os.environ['PORT']))"
)


@contextlib.asynccontextmanager
async def server(
    database_url: str, key_store: Path, program: str = AS_IT_SHIPS, **environment: str
) -> AsyncIterator[httpx.AsyncClient]:
    """Run a server until the block ends; yield a client of it as soon as it is alive."""
    keeper = ports.keep_port()
    port = ports.port_of(keeper)
    env = {
        **os.environ,
        "DATABASE_URL": database_url,
        "KEY_STORE": str(key_store),
        "PORT": str(port),
        "PYTHONPATH": str(ROOT),
        **environment,
    }
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, cwd=ROOT, env=env)
    address = httpx.URL(f"http://127.0.0.1:{port}")
    try:
        async with httpx.AsyncClient(base_url=address, timeout=20, trust_env=False) as client:
            await wait_until(client, "/healthz", 200)
            yield client
    finally:
        await stop(process)
        keeper.close()


async def stop(process: asyncio.subprocess.Process) -> None:
    """Stop a process, gently at first."""
    for end in (process.terminate, process.kill):
        with contextlib.suppress(ProcessLookupError):
            end()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), START_S / 2)
            return


async def wait_until(client: httpx.AsyncClient, path: str, status: int) -> None:
    """Return as soon as a path answers with this status."""
    async with asyncio.timeout(START_S):
        while True:
            with contextlib.suppress(httpx.TransportError):
                if (await client.get(path)).status_code == status:
                    return
            await asyncio.sleep(PAUSE_S)


def port_of(client: httpx.AsyncClient) -> int:
    """Return the port a client's server listens on."""
    port = client.base_url.port
    assert port is not None
    return port
