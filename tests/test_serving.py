"""The start of the server: an address that is taken is told at once, in one sentence."""

import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.serving import refuse_taken_address


def test_refuses_an_address_where_another_program_listens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = tmp_path / "never.sqlite3"
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        monkeypatch.setenv("DATABASE_URL", f"sqlite:///{database}")
        monkeypatch.setenv("PORT", str(port))
        found = CliRunner().invoke(app, ["serve"])
    assert found.exit_code == 1
    assert f"Another program listens at 127.0.0.1:{port} already" in found.output
    assert "traceback" not in found.output.lower()
    assert not database.exists(), "nothing was begun"


def test_takes_an_address_that_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
    refuse_taken_address("127.0.0.1", port)
