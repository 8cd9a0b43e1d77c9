"""Keys outside the database: made once, shared by processes, never replaced when lost."""

import stat
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.errors import KeysMissingError
from app.keyring import Keyring

ROUND = uuid.UUID(int=7)


def test_a_missing_slot_key_is_a_fault_and_makes_no_new_key(tmp_path):
    keyring = Keyring(tmp_path)
    keyring.create_round(ROUND)
    with pytest.raises(KeysMissingError):
        keyring.slot(uuid.UUID(int=8), b"anchor")
    assert not list(tmp_path.glob("*00000008*"))


def test_a_lost_identity_key_is_never_replaced_while_rounds_exist(tmp_path):
    Keyring(tmp_path).create_round(ROUND)
    (tmp_path / "identity").unlink()
    keyring = Keyring(tmp_path)
    with pytest.raises(KeysMissingError):
        keyring.anchor("subject", "someone")
    with pytest.raises(KeysMissingError):
        keyring.create_round(uuid.UUID(int=8))


def test_a_destroyed_round_neither_slots_nor_opens(tmp_path):
    keyring = Keyring(tmp_path)
    keyring.create_round(ROUND)
    anchor = keyring.anchor("subject", "someone")
    keyring.slot(ROUND, anchor)
    keyring.destroy_round(ROUND)
    with pytest.raises(KeysMissingError):
        keyring.slot(ROUND, anchor)
    with pytest.raises(KeysMissingError):
        keyring.private_key(ROUND)


def test_a_destroyed_rounds_keys_are_in_no_draft_that_a_killed_process_left(tmp_path, monkeypatch):
    keyring, other = Keyring(tmp_path), uuid.UUID(int=8)
    with monkeypatch.context() as killed:
        killed.setattr(Path, "unlink", lambda *_, **__: None)
        for round_id in (ROUND, other):
            keyring.create_round(round_id)
    assert len(list(tmp_path.glob(f".round-{ROUND}.*"))) == 2
    keyring.destroy_round(ROUND)
    assert not [file for file in tmp_path.iterdir() if str(ROUND) in file.name]
    assert len(list(tmp_path.glob(f".round-{other}.*"))) == 2


def test_keys_are_readable_by_their_owner_only(tmp_path):
    Keyring(tmp_path / "keys").create_round(ROUND)
    files = list((tmp_path / "keys").iterdir())
    assert len(files) == 3
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_one_person_has_one_slot_in_a_round_and_unrelated_ones_in_others(tmp_path):
    keyring, again = Keyring(tmp_path), Keyring(tmp_path)
    other = uuid.UUID(int=8)
    assert keyring.create_round(ROUND) == again.create_round(ROUND)
    keyring.create_round(other)
    anchor = keyring.anchor("subject", "someone")
    assert anchor == again.anchor("subject", " someone ")
    assert anchor not in {keyring.anchor("subject", "Someone"), keyring.anchor("email", "someone")}
    assert keyring.anchor("email", "A@B.example") == keyring.anchor("email", "a@b.example")
    assert keyring.slot(ROUND, anchor) == again.slot(ROUND, anchor)
    assert keyring.slot(ROUND, anchor) != keyring.slot(other, anchor)
    assert len(keyring.slot(ROUND, anchor)) == 16


def test_processes_that_start_together_agree_on_every_key(tmp_path):
    found: list[tuple[bytes, bytes]] = []
    together = threading.Barrier(8)

    def make() -> None:
        keyring = Keyring(tmp_path)
        together.wait()
        public = keyring.create_round(ROUND)
        found.append((public, keyring.slot(ROUND, keyring.anchor("subject", "someone"))))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1


def test_a_round_made_beside_a_first_start_is_no_lost_identity(tmp_path, monkeypatch):
    glob = Path.glob

    def glob_late(folder: Path, pattern: str) -> Iterator[Path]:
        monkeypatch.setattr(Path, "glob", glob)
        Keyring(tmp_path).create_round(ROUND)
        return folder.glob(pattern)

    monkeypatch.setattr(Path, "glob", glob_late)
    Keyring(tmp_path).create_round(uuid.UUID(int=8))
    assert Keyring(tmp_path).has_round(ROUND)
