"""P7: whatever is changed in a real bundle, the verifier finds it, and needs each of its checks.

A mutation of the verifier itself (one check taken out) must let something through, or that check
would be a sentence without meaning.
"""

import ast
import asyncio
import copy
import json
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from app.signing import NoteSigner
from tests.bundles import SHARED, VERIFIER, bundle_of, load_verifier, published, told_by
from tests.factories import A1
from tests.polling import fill_box, leader_of, move, open_poll, publish_heads
from tests.support import Api
from tests.tools.forgeries import forged_bundles, forged_receipts
from tests.tools.mutations import all_mutations

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
FEWEST_MUTATIONS, MOST_TRIED = 1_000, 2_500


@dataclass(frozen=True)
class Evidence:
    """A real bundle, another poll's, a real receipt, and the key that only the service has."""

    bundle: Any
    other: Any
    receipt: Any
    signer: NoteSigner


@pytest.fixture
async def evidence(api: Api) -> Evidence:
    """A poll whose log grew under several heads, with real voters among its ballots."""
    leader, signer = await leader_of(api), api.app.state.keyring.log_signer
    poll = await open_poll(leader, rule="equal_shares")
    await fill_box(api, poll, SHARED, replaced=12)
    await publish_heads(api)
    voters = [await api.as_("resident", wards=(A1,)) for _ in range(5)]
    ballot = {"approved_options": [option["id"] for option in poll["options"][:2]]}
    path = f"/v1/polls/{poll['id']}/ballot"
    receipts = await asyncio.gather(*(voter.put(path, json=ballot) for voter in voters))
    await publish_heads(api)
    await move(leader, poll, "closed", "counted", "published")
    other = await bundle_of(api, await published(api))
    return Evidence(await bundle_of(api, poll), other, receipts[2].json(), signer)


def finds(verifier: Any, bundle: Any, *more: Any) -> bool:
    """Whether the verifier says that something is wrong, whatever the exception."""
    try:
        told_by(verifier, bundle, *more)
    except Exception:  # noqa: BLE001 - the program turns each into a sentence
        return True
    return False


async def test_believes_what_is_right_however_it_is_written(
    evidence: Evidence, tmp_path: Path
) -> None:
    bundle, receipt = evidence.bundle, evidence.receipt
    backwards = dict(reversed(list(bundle.items())))
    ways = [
        json.dumps(bundle),
        json.dumps(backwards, indent=3),
        json.dumps(bundle, ensure_ascii=False, separators=(",\r\n", " : ")),
    ]
    (tmp_path / "receipt.json").write_text(json.dumps(receipt), encoding="utf-8")
    (tmp_path / "head.txt").write_text(bundle["log"]["heads"][0], encoding="utf-8")
    arguments = ["--receipt", str(tmp_path / "receipt.json"), "--log-key", bundle["log"]["key"]]
    arguments += ["--older-head", str(tmp_path / "head.txt")]
    for way in ways:
        path = tmp_path / "bundle.json"
        path.write_text(way, encoding="utf-8")
        done = run(str(path), *arguments)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        assert done.stdout.count("\nPROVED     ") == 7
        assert "NOT PROVED  That the log" not in done.stdout


async def test_finds_every_one_of_a_thousand_mutations(evidence: Evidence) -> None:
    verifier, random = load_verifier(), Random(20261122)
    found = list(all_mutations(evidence.bundle, evidence.other, random))
    random.shuffle(found)
    tried, key = found[:MOST_TRIED], evidence.bundle["log"]["key"]
    assert [name for name, bundle in tried if not finds(verifier, bundle, key)] == []
    without_key = {name for name, bundle in tried[:500] if not finds(verifier, bundle)}
    assert without_key <= {"void note"}
    kinds = Counter(name.split()[0] for name, _ in found[:MOST_TRIED])
    assert sum(kinds.values()) >= FEWEST_MUTATIONS
    assert min(kinds[kind] for kind in ("flip", "drop", "add", "duplicate", "reorder", "swap")) > 9


async def test_finds_receipts_that_were_changed(evidence: Evidence) -> None:
    verifier, random = load_verifier(), Random(7)
    receipt = evidence.receipt
    assert len(receipt["promise"]["path"]) >= 1
    bad = list(all_mutations(receipt, evidence.bundle, random))
    bad = [(name, made) for name, made in bad if not changes_only_what_nobody_signs(receipt, made)]
    missed = [name for name, made in bad if not finds(verifier, evidence.bundle, None, (), made)]
    assert missed == []
    for name, made in forged_receipts(receipt, evidence.signer).items():
        assert finds(verifier, evidence.bundle, None, (), made), name


def changes_only_what_nobody_signs(receipt: Any, made: Any) -> bool:
    """Whether two receipts differ in how often the voter has voted, or in fields unheard of."""
    if made is None:
        return True  # no receipt at all
    promise = made.get("promise")
    signed = isinstance(promise, dict) and promise | receipt["promise"] == promise
    return signed and all(
        made.get(name) == receipt[name] for name in receipt if name not in {"seq", "promise"}
    )


async def test_finds_what_the_holder_of_the_key_forged(evidence: Evidence) -> None:
    verifier, forged = load_verifier(), forged_bundles(evidence.bundle, evidence.signer)
    assert [name for name, made in forged.items() if not finds(verifier, made)] == []


async def test_an_older_head_or_a_known_key_shows_a_log_that_was_written_anew(
    evidence: Evidence,
) -> None:
    """Whoever holds the key can make a log that agrees with itself; who saved a head sees it."""
    verifier, bundle = load_verifier(), copy.deepcopy(evidence.other)
    saved, key = evidence.bundle["log"]["heads"][0], evidence.bundle["log"]["key"]
    assert not finds(verifier, bundle, key)
    assert finds(verifier, bundle, None, [saved])
    assert not finds(verifier, evidence.bundle, key, [saved])
    stranger = NoteSigner("ward-priorities", bytes(31) + b"\x02").verifier_key
    assert finds(verifier, evidence.bundle, stranger)


def without_each_check() -> Iterator[tuple[str, str]]:
    """Yield the verifier's source without one of its checks, by the sentence that goes."""
    source = VERIFIER.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        call = node.value if isinstance(node, ast.Expr) else None
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in {"require", "same"}:
            lines = source.split("\n")
            text = ast.get_source_segment(source, call) or ""
            lines[node.lineno - 1] = " " * node.col_offset + "pass"
            for line in range(node.lineno, node.end_lineno or node.lineno):
                lines[line] = ""
            yield text, "\n".join(lines)


async def test_every_check_of_the_verifier_is_needed(evidence: Evidence) -> None:
    bundle, signer = evidence.bundle, evidence.signer
    bad: list[tuple[Any, ...]] = [(made,) for made in forged_bundles(bundle, signer).values()]
    receipts = forged_receipts(evidence.receipt, signer).values()
    bad += [(bundle, None, (), receipt) for receipt in receipts]
    bad += [(bundle, NoteSigner("ward-priorities", bytes(31) + b"\x02").verifier_key)]
    checks = list(without_each_check())
    idle = [
        check
        for check, source in checks
        if all(finds(load_verifier(source), *changed) for changed in bad)
    ]
    assert len(checks) >= 22
    assert idle == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        "7",
        '"bundle"',
        "NaN",
        '{"format": NaN}',
        "[" * 200_000,
        '{"format":' + "9" * 100_000 + "}",
        '{"format": "\\ud800"}',
        '{"format": "ward-priorities-bundle/1"}',
        '{"format": "ward-priorities-bundle/1", "log": 7}',
    ],
    ids=lambda text: text[:30],
)
async def test_answers_nonsense_with_a_sentence(database_url: str, text: str) -> None:
    done = run("-", stdin=text)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("WRONG ")
    assert "Traceback" not in done.stdout


async def test_tells_who_calls_it_wrongly_how_to_call_it(database_url: str) -> None:
    for arguments in ([], ["no-such-file.json"], ["-", "--no-such-option"]):
        done = run(*arguments)
        assert done.returncode == 2
        assert "verify_poll.py bundle.json" in done.stderr


def run(*arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
    """Run the verifier as anybody would."""
    from tests.bundles import run_verifier

    done: subprocess.CompletedProcess[str] = run_verifier(*arguments, stdin=stdin)
    return done


def test_stands_alone_in_three_hundred_lines(database_url: str) -> None:
    source = VERIFIER.read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 9))
    imported = {
        name.name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for name in node.names
    } | {
        (node.module or "").partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
    }
    assert imported <= {
        *("argparse", "base64", "collections", "fractions", "functools"),
        *("hashlib", "itertools", "json", "textwrap"),
    }
    assert source.count("\n") <= 300
