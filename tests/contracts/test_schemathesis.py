"""Schemathesis over a live server, as nobody and as every role: no 5xx, nothing undocumented."""

import asyncio
import json
import os
import subprocess
import sysconfig
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn

from app.main import create_app
from app.settings import Settings
from tests.contracts.calls import ROLES
from tests.factories import A1, ALDER

SCHEMATHESIS = Path(sysconfig.get_path("scripts")) / "schemathesis"
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "allow_header_conformance",
    "unsupported_method",
    "ignored_auth",
)
THOROUGH_S, QUICK_S = 25, 3


class Server(threading.Thread):
    """The service on a loopback port of its own."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(daemon=True)
        config = uvicorn.Config(create_app(settings), port=0, log_level="warning", access_log=False)
        self._server = uvicorn.Server(config)

    def run(self) -> None:
        asyncio.run(self._server.serve())

    def address(self) -> str:
        while not self._server.started:
            time.sleep(0.02)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    def stop(self) -> None:
        self._server.should_exit = True
        self.join(10)


@pytest.fixture(scope="module")
def address(template_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("schemathesis")
    path = folder / "live.sqlite3"
    path.write_bytes(template_sqlite.read_bytes())
    server = Server(Settings(database_url=f"sqlite:///{path}", key_store=folder / "keys"))
    server.start()
    yield server.address()
    server.stop()


def token_of(address: str, role: str) -> str:
    areas = {"wards": [A1], "boroughs": [ALDER] if role == "borough_superintendent" else []}
    body = {"role": role, "subject": f"schemathesis {role}", **areas}
    answer = httpx.post(f"{address}/evaluation/tokens", json=body)
    token: str = answer.json()["access_token"]
    return token


def examine(schema: str, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run schemathesis; what it generates is the same every time."""
    command = [SCHEMATHESIS, "run", schema, "--checks", ",".join(CHECKS)]
    command += ["--seed", "1", "--warnings", "off", "--generation-database", "none", *options]
    environment = {**os.environ, "NO_COLOR": "1"}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("role", ["nobody", *ROLES])
def test_finds_no_fault_and_no_undocumented_answer(address: str, role: str, tmp_path: Path) -> None:
    thorough = role == "admin"
    options = ["--max-time", str(THOROUGH_S if thorough else QUICK_S)]
    options += ["--phases", "examples,coverage,fuzzing" if thorough else "examples,fuzzing"]
    if role != "nobody":
        options += ["--header", f"Authorization: Bearer {token_of(address, role)}"]
    done = examine(f"{address}/openapi.json", tmp_path, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No issues found" in done.stdout


def test_sees_an_answer_that_is_not_documented(address: str, tmp_path: Path) -> None:
    document = httpx.get(f"{address}/openapi.json").json()
    del document["paths"]["/healthz"]["get"]["responses"]["200"]
    faulty = tmp_path / "faulty.json"
    faulty.write_text(json.dumps(document), encoding="utf-8")
    done = examine(str(faulty), tmp_path, "--url", address, "--include-path", "/healthz")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "ndocumented" in done.stdout, done.stdout
