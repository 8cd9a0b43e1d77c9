"""What the process of a server keeps to itself, and what it does not stop for."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from opentelemetry import trace

from app.main import create_app
from app.settings import Settings

STARTED = """
import asyncio, gc, sys
from app.main import create_app
from app.settings import Settings

async def main() -> None:
    app = create_app(Settings() if "handed" in sys.argv else None)
    async with app.router.lifespan_context(app):
        print(gc.get_freeze_count(), *gc.get_threshold())

asyncio.run(main())
"""


class Recorder(trace.TracerProvider):
    """Notes who would have traced."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def get_tracer(self, name: str, *_: Any, **__: Any) -> trace.Tracer:
        self.asked.append(name)
        return trace.NoOpTracer()


async def _asked(app: FastAPI) -> int:
    """Return how often a request was traced."""
    recorder = Recorder()
    transport = httpx.ASGITransport(app)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trace, "get_tracer_provider", lambda: recorder)
        async with httpx.AsyncClient(transport=transport, base_url="http://a.example") as client:
            await client.get("/healthz")
    return len(recorder.asked)


def test_no_request_is_traced_whatever_the_process_was_given(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'none.sqlite3'}", key_store=tmp_path)
    assert asyncio.run(_asked(create_app(settings))) == 0
    assert asyncio.run(_asked(FastAPI())) > 0, "control: FastAPI by itself would have traced"


@pytest.mark.parametrize("how", ["alone", "handed"])
def test_only_a_server_spares_the_collector_what_it_loaded(how: str, tmp_path: Path) -> None:
    env = {"DATABASE_URL": f"sqlite:///{tmp_path / 'none.sqlite3'}", "KEY_STORE": str(tmp_path)}
    command = [sys.executable, "-c", STARTED, how]
    said = subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout
    frozen, youngest, *_ = (int(number) for number in said.split())
    assert (frozen > 100_000) == (youngest > 1_000) == (how == "alone")
