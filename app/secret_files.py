"""Secrets in files that only their owner may read."""

import os
import secrets
from pathlib import Path


def read_or_create_secret(path: Path, size: int = 32) -> bytes:
    """Return the secret kept in a file that only its owner may read, making it at first use.

    Processes that start together agree: the first to link its file in place wins.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        draft = path.with_name(f"{_beginning(path)}{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(size))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        sync_folder(path.parent)
    return path.read_bytes()


def remove_secret(path: Path) -> None:
    """Remove a secret, and the drafts of it that whoever was killed while making it left behind."""
    for file in (*path.parent.glob(f"{_beginning(path)}*"), path):
        file.unlink(missing_ok=True)


def _beginning(path: Path) -> str:
    """Return what the names of a secret's drafts begin with."""
    return f".{path.name}."


def sync_folder(folder: Path) -> None:
    """Make a new name in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
