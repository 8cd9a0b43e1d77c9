"""Secrets in files: only their owner reads them."""

from pathlib import Path

from app.secret_files import read_or_create_secret


def test_keeps_a_secret_where_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "secret"
    first = read_or_create_secret(path)
    assert read_or_create_secret(path) == first
    assert path.stat().st_mode & 0o077 == 0
