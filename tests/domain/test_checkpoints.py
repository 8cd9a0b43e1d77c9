"""Signed heads: the published form, byte for byte, and notes that nobody's key has signed."""

import base64
from datetime import UTC, datetime
from uuid import UUID

import pytest

from app.domain.checkpoints import (
    Checkpoint,
    origin_of,
    promised,
    published,
    read_checkpoint,
    signatures_of,
    text_of,
)
from app.signing import NoteSigner, is_signed

POLL = UUID(int=7)
AT = datetime(2026, 11, 22, 9, 41, 58, tzinfo=UTC)
HEAD = Checkpoint(origin_of(POLL), 20, bytes(range(32)), (published(AT),))
SIGNER = NoteSigner("ward-priorities", bytes(32))


def test_a_head_is_written_as_the_specification_has_it():
    note = SIGNER.sign(HEAD.text())
    origin, size, root, said, blank, signature, end = note.split("\n")
    assert origin == f"ward-priorities/polls/{POLL}"
    assert (size, base64.b64decode(root)) == ("20", bytes(range(32)))
    assert said == "published 2026-11-22T09:41:00Z"
    assert (blank, end) == ("", "")
    dash, name, packed = signature.split(" ")
    assert (dash, name, len(base64.b64decode(packed))) == ("\u2014", "ward-priorities", 4 + 64)
    assert promised(AT) == "in log by 2026-11-22T09:41:00Z"


def test_the_verifier_key_is_the_one_of_the_signed_note_specification():
    """The example key of C2SP signed-note, in the same arithmetic: name, id, kind and key."""
    name, key_id, packed = SIGNER.verifier_key.split("+", 2)
    raw = base64.b64decode(packed)
    assert (name, raw[:1], raw[1:]) == ("ward-priorities", b"\x01", SIGNER.public_key)
    [(signed_by, signed_id)] = signatures_of(SIGNER.sign(HEAD.text()))
    assert (signed_by, signed_id.hex()) == (name, key_id)


def test_a_head_reads_back_as_it_was_written():
    note = SIGNER.sign(HEAD.text())
    assert read_checkpoint(note) == HEAD
    assert text_of(note) == HEAD.text()
    assert SIGNER.has_signed(note)


@pytest.mark.parametrize(
    ("before", "after"),
    [("\n20\n", "\n30\n"), ("09:41", "09:42"), ("ward-priorities/", "other/"), ("\u2014 ", "- ")],
)
def test_a_changed_note_is_not_signed(before, after):
    note = SIGNER.sign(HEAD.text())
    assert before in note
    assert not SIGNER.has_signed(note.replace(before, after, 1))


def test_another_key_or_name_has_not_signed():
    note = SIGNER.sign(HEAD.text())
    assert not NoteSigner("ward-priorities", bytes([1]) * 32).has_signed(note)
    assert not is_signed(note, "someone-else", SIGNER.public_key)
    for broken in ("", "no signature\n", note.replace(" ", ""), note[:-10]):
        assert not SIGNER.has_signed(broken)
