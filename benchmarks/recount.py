"""How long the public verifier takes over a large poll: `python -m benchmarks.recount`."""

import json
import os
import random
import secrets
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from app.domain.bundles import FORMAT, in_order, note_text, result_told
from app.domain.checkpoints import Checkpoint, origin_of, published
from app.domain.counting import METHOD, Profile, count_poll, tie_break_seed
from app.domain.merkle import Frontier
from app.domain.polls import manifest_hash
from app.signing import NoteSigner

BALLOTS, OPTIONS, SEATS, HEADS, REPLACED = 15_000, 12, 3, 672, 400
"""A whole borough in one poll, with a head for every half hour of two weeks."""
VERIFIER = Path(__file__).parents[1] / "tools" / "verify_poll.py"
OPENED_AT = datetime(2026, 11, 1, tzinfo=UTC)


def grow(leaves: list[bytes], origin: str, signer: NoteSigner) -> tuple[bytes, list[str]]:
    """Return the root of a log of these leaves, and the heads signed on the way to it."""
    frontier, heads = Frontier(), []
    for size, leaf in enumerate(leaves, 1):
        frontier.append(leaf)
        if size * HEADS // len(leaves) > len(heads):
            said = (published(OPENED_AT + timedelta(minutes=30 * len(heads))),)
            heads.append(signer.sign(Checkpoint(origin, size, frontier.root(), said).text()))
    return frontier.root(), heads


def make_manifest(rule: str, poll: str, options: list[str], log_key: str) -> dict[str, Any]:
    """Return a manifest of made-up options."""
    return {
        "poll": poll,
        "round": str(uuid4()),
        "ward": {"name": "A borough"},
        "question": "What should be worked on?",
        "options": [{"id": option, "text": "An option"} for option in options],
        "seats": SEATS,
        "rule": rule,
        "counting": METHOD,
        "log_key": log_key,
    }


def make_bundle(rule: str, draw: random.Random) -> dict[str, Any]:
    """Return a bundle of made-up ballots, signed by a key of its own."""
    signer, poll = NoteSigner("ward-priorities", secrets.token_bytes(32)), uuid4()
    options = [str(uuid4()) for _ in range(OPTIONS)]
    manifest = make_manifest(rule, str(poll), options, signer.verifier_key)
    leaves = [secrets.token_bytes(32) for _ in range(BALLOTS + REPLACED)]
    root, heads = grow(leaves, origin_of(poll), signer)
    leanings = [draw.random() ** 2 for _ in options]
    ballots = [{*draw.choices(options, leanings, k=draw.randrange(1, 6))} for _ in range(BALLOTS)]
    opened, digest = in_order([list(b) for b in ballots], options), manifest_hash(manifest)
    seed = tie_break_seed(bytes.fromhex(digest), root)
    profile = Profile.from_ballots(options, opened)
    count = count_poll(profile, SEATS, rule, seed=seed, resamples=0).to_json()
    facts = {"disclosure": "exact", "rule": rule, "seats": SEATS, "chosen": count["chosen"]}
    numbers = {"heads": HEADS, "leaves": len(leaves), "cover": 0, "superseded": REPLACED}
    bundle = {
        "format": FORMAT,
        "manifest": manifest,
        "manifest_sha256": digest,
        "log": {
            "key": signer.verifier_key,
            "leaves": [leaf.hex() for leaf in leaves],
            "cover": {},
            "heads": heads,
        },
        "closing_commitment": root.hex(),
        "counts": {**numbers, "current": BALLOTS, "quarantined": 0, "opened": BALLOTS},
        "counts_withheld": None,
        "opened": opened,
        "opened_withheld": None,
        "result": result_told(facts, dict(zip(options, profile.support, strict=True)), count),
    }
    return {**bundle, "note": signer.sign(note_text(bundle))}


def main() -> None:
    """Print the time of a whole run of the program for each rule."""
    for rule in ("phragmen", "equal_shares", "pav", "approval"):
        bundle = make_bundle(rule, random.Random(2026))
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(bundle, file)
            file.flush()
            began, used = time.perf_counter(), os.times()
            done = subprocess.run(
                [sys.executable, VERIFIER, file.name], check=False, capture_output=True, text=True
            )
            took, now = time.perf_counter() - began, os.times()
            size = Path(file.name).stat().st_size
            spent = sum(now[2:4]) - sum(used[2:4])
        distinct = len({tuple(ballot) for ballot in bundle["opened"]})
        said = "recounted" if done.returncode == 0 else done.stdout
        print(f"{rule}: {BALLOTS:,} ballots ({distinct} different), {HEADS} heads,", end=" ")
        print(f"{size / 1e6:.1f} MB: {said} in {took:.2f} s ({spent:.2f} s of CPU)")


if __name__ == "__main__":
    main()
