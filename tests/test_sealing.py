"""Sealed envelopes: one length, one opening, no alteration."""

import uuid

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from app import sealing
from app.sealing import (
    SEALED_BYTES,
    Choice,
    DamagedEnvelopeError,
    Opener,
    Sealer,
    associated_data,
    new_tracker,
    seal_batch,
)

PRIVATE = X25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = PRIVATE.public_key().public_bytes_raw()
BOUND_TO = associated_data(uuid.UUID(int=1), "ab" * 32)


def opener() -> Opener:
    return Opener(PRIVATE.private_bytes_raw())


def test_refuses_a_flip_of_any_bit():
    sealed = seal_batch(PUBLIC, [Choice(5, new_tracker(), BOUND_TO)])[0]
    reader = opener()
    for place in range(len(sealed)):
        for bit in range(8):
            altered = bytearray(sealed)
            altered[place] ^= 1 << bit
            with pytest.raises(DamagedEnvelopeError):
                reader.unseal(bytes(altered), BOUND_TO)


def test_refuses_another_poll_another_manifest_another_key_and_another_length():
    sealed = seal_batch(PUBLIC, [Choice(5, new_tracker(), BOUND_TO)])[0]
    for elsewhere in (
        associated_data(uuid.UUID(int=2), "ab" * 32),
        associated_data(uuid.UUID(int=1), "ac" * 32),
    ):
        with pytest.raises(DamagedEnvelopeError):
            opener().unseal(sealed, elsewhere)
    with pytest.raises(DamagedEnvelopeError):
        Opener(bytes(range(1, 33))).unseal(sealed, BOUND_TO)
    for cut in (sealed[:-1], sealed + b"\x00", b""):
        with pytest.raises(DamagedEnvelopeError):
            opener().unseal(cut, BOUND_TO)


@given(st.lists(st.integers(min_value=0, max_value=2**128 - 1), min_size=1, max_size=20))
def test_a_batch_opens_like_single_ballots_and_every_envelope_has_one_length(masks):
    choices = [Choice(mask, new_tracker(), BOUND_TO) for mask in masks]
    batch = seal_batch(PUBLIC, choices)
    single = [seal_batch(PUBLIC, [choice])[0] for choice in choices]
    reader = opener()
    for choice, together, alone in zip(choices, batch, single, strict=True):
        assert len(together) == len(alone) == SEALED_BYTES
        assert reader.unseal(together, BOUND_TO) == (choice.mask, choice.tracker)
        assert opener().unseal(alone, BOUND_TO) == (choice.mask, choice.tracker)


def test_equal_choices_look_unlike_and_batches_share_no_key():
    choice = Choice(5, bytes(16), BOUND_TO)
    first, second = seal_batch(PUBLIC, [choice, choice])
    third = seal_batch(PUBLIC, [choice])[0]
    assert first[:33] == second[:33] != third[:33]
    assert len({first[45:], second[45:], third[45:]}) == 3


def test_a_sealer_agrees_anew_after_a_second_and_forgets_what_is_over(monkeypatch):
    now = 1000.0
    monkeypatch.setattr(sealing.time, "monotonic", lambda: now)
    choice, sealer = Choice(5, new_tracker(), BOUND_TO), Sealer()
    heads = []
    for now in (1000.0, 1000.9, 1001.1, 1001.2):  # noqa: B007 - the patched clock reads it
        [sealed] = sealer.seal(PUBLIC, [choice])
        assert opener().unseal(sealed, BOUND_TO) == (5, choice.tracker)
        heads.append(sealed[:33])
    assert heads[0] == heads[1] != heads[2] == heads[3]
    now = 1002.2
    sealer.forget()
    assert not any(b for b in vars(sealer).values())


def test_a_sealer_never_uses_one_rounds_agreement_for_another_and_refuses_a_weak_key():
    other = X25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
    choice, sealer = Choice(5, new_tracker(), BOUND_TO), Sealer()
    [here] = sealer.seal(PUBLIC, [choice])
    [there] = sealer.seal(other.public_key().public_bytes_raw(), [choice])
    assert here[:33] != there[:33]
    assert Opener(other.private_bytes_raw()).unseal(there, BOUND_TO) == (5, choice.tracker)
    with pytest.raises(ValueError, match=r"(?i)shared key|exchange|public"):
        sealer.seal(bytes(32), [choice])
