"""Bundles forged by whoever holds the log's key: signed as they should be, and wrong anyway."""

import base64
import copy
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.domain.bundles import LIST_WITHHELD, note_text
from app.domain.checkpoints import (
    PROMISES,
    Checkpoint,
    of_manifest,
    origin_of,
    promised,
    published,
)
from app.domain.merkle import Tree
from app.domain.polls import manifest_hash
from app.signing import NoteSigner

Bundle = dict[str, Any]
Forgery = Callable[[Bundle, NoteSigner], Any]
STRANGER = NoteSigner("ward-priorities", bytes(31) + b"\x01")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
FORGERIES: list[Forgery] = []


def forgery(forge: Forgery) -> Forgery:
    """Put a forgery on the list; it works on a copy."""
    FORGERIES.append(forge)
    return forge


def sealed(bundle: Bundle, signer: NoteSigner) -> Bundle:
    """Return a bundle with a note over it as it is now, signed by the key that it names."""
    parts = {name: part for name, part in bundle.items() if name != "note"}
    signs = STRANGER if bundle["log"]["key"] == STRANGER.verifier_key else signer
    return {**parts, "note": signs.sign(note_text(parts))}


def without_list(bundle: Bundle) -> Bundle:
    """Return a bundle that keeps its opened list back, as with a rare combination of ticks."""
    return {**bundle, "opened": None, "opened_withheld": LIST_WITHHELD}


def head(bundle: Bundle, signer: NoteSigner, size: int, **changes: Any) -> str:
    """Return a head of the bundle's first leaves, or one that says something else."""
    leaves = [bytes.fromhex(leaf) for leaf in bundle["log"]["leaves"]]
    origin = changes.get("origin", origin_of(UUID(bundle["manifest"]["poll"])))
    root = changes.get("root", Tree(leaves[:size]).root())
    frozen = changes.get("manifest", bundle["manifest_sha256"])
    said = published(changes.get("at", NOON)), of_manifest(frozen)
    told = changes.get("size", size)
    return signer.sign(Checkpoint(origin, told, root, said).text())


def sign_again(bundle: Bundle, signer: NoteSigner) -> Bundle:
    """Sign one head over the bundle's leaves as they are now."""
    size = len(bundle["log"]["leaves"])
    bundle["log"]["heads"] = [head(bundle, signer, size)]
    leaves = [bytes.fromhex(leaf) for leaf in bundle["log"]["leaves"]]
    bundle["closing_commitment"] = Tree(leaves).root().hex()
    bundle["counts"].update(heads=1, leaves=size)
    return bundle


def freeze_again(bundle: Bundle, signer: NoteSigner, **changes: Any) -> Bundle:
    """Change the manifest, hash it anew, and sign a head that names it."""
    bundle["manifest"].update(changes)
    bundle["manifest_sha256"] = manifest_hash(bundle["manifest"])
    return sign_again(bundle, signer)


@forgery
def a_head_of_another_root(bundle: Bundle, signer: NoteSigner) -> Bundle:
    bundle["log"]["heads"][0] = head(bundle, signer, 20, root=hashlib.sha256().digest())
    return bundle


@forgery
def a_head_of_another_log(bundle: Bundle, signer: NoteSigner) -> Bundle:
    size = len(bundle["log"]["leaves"])
    bundle["log"]["heads"] = [head(bundle, signer, size, origin="ward-priorities/polls/another")]
    bundle["counts"]["heads"] = 1
    return bundle


@forgery
def a_head_of_another_manifest(bundle: Bundle, signer: NoteSigner) -> Bundle:
    bundle["log"]["heads"][0] = head(bundle, signer, 40, manifest="5f" * 32)
    return bundle


@forgery
def heads_out_of_their_order(bundle: Bundle, signer: NoteSigner) -> Bundle:
    heads = [head(bundle, signer, 40), head(bundle, signer, 20)]
    bundle["log"]["heads"] = [*heads, *bundle["log"]["heads"][-1:]]
    bundle["counts"]["heads"] = 3
    return bundle


@forgery
def no_head_of_the_whole_log(bundle: Bundle, signer: NoteSigner) -> Bundle:
    bundle["log"]["heads"] = [head(bundle, signer, 20)]
    bundle["counts"]["heads"] = 1
    return bundle


@forgery
def one_leaf_twice(bundle: Bundle, signer: NoteSigner) -> Bundle:
    bundle["log"]["leaves"].append(bundle["log"]["leaves"][-1])
    bundle["counts"]["superseded"] += 1
    return sign_again(bundle, signer)


@forgery
def a_leaf_in_capitals(bundle: Bundle, signer: NoteSigner) -> Bundle:
    leaves = bundle["log"]["leaves"]
    bundle["log"]["leaves"] = [leaf.upper() for leaf in leaves]
    return bundle


@forgery
def a_tie_break_of_ones_own(bundle: Bundle, signer: NoteSigner) -> Bundle:
    bundle["closing_commitment"] = "5f" * 32
    return bundle


@forgery
def a_manifest_changed_after_it_was_hashed(bundle: Bundle, signer: NoteSigner) -> Bundle:
    bundle["manifest"]["question"] = "Another question?"
    return bundle


@forgery
def another_key_than_the_manifest_names(bundle: Bundle, signer: NoteSigner) -> Bundle:
    bundle["log"]["key"] = STRANGER.verifier_key
    return sign_again(bundle, STRANGER)


@forgery
def a_key_under_another_number(bundle: Bundle, signer: NoteSigner) -> Bundle:
    name, _, key = signer.verifier_key.split("+", 2)
    bundle["log"]["key"] = f"{name}+00000000+{key}"
    return freeze_again(bundle, signer, log_key=bundle["log"]["key"])


@forgery
def heads_that_nobody_signed(bundle: Bundle, signer: NoteSigner) -> Bundle:
    text, _, line = bundle["log"]["heads"][-1].partition("\n\n")
    dash, name, packed = line.split(" ")
    raw = base64.b64decode(packed)
    forged = base64.b64encode(raw[:4] + raw[4:36] + bytes(32)).decode()
    bundle["log"]["heads"] = [f"{text}\n\n{dash} {name} {forged}\n"]
    bundle["counts"]["heads"] = 1
    return bundle


@forgery
def a_note_with_words_after_its_signature(bundle: Bundle, signer: NoteSigner) -> Bundle:
    bundle["log"]["heads"][-1] += "and more\n"
    return bundle


@forgery
def a_ballot_passed_off_as_a_cover(bundle: Bundle, signer: NoteSigner) -> Bundle:
    real = next(str(n) for n in range(60) if str(n) not in bundle["log"]["cover"])
    bundle["log"]["cover"][real] = "5f" * 32
    bundle["counts"]["cover"] += 1
    bundle["counts"]["superseded"] -= 1
    return bundle


@forgery
def more_ballots_than_leaves(bundle: Bundle, signer: NoteSigner) -> Bundle:
    counts = bundle["counts"]
    counts.update(quarantined=60, current=counts["current"] + 60)
    counts.update(superseded=counts["leaves"] - counts["cover"] - counts["current"])
    return bundle


@forgery
def numbers_that_do_not_agree(bundle: Bundle, signer: NoteSigner) -> Bundle:
    bundle["counts"]["superseded"] += 1
    return bundle


@forgery
def the_opened_list_in_another_order(bundle: Bundle, signer: NoteSigner) -> Bundle:
    bundle["opened"].reverse()
    return bundle


@forgery
def rules_that_nobody_published(bundle: Bundle, signer: NoteSigner) -> Bundle:
    return freeze_again(bundle, signer, counting="ward-priorities-counting/9")


@forgery
def a_result_of_other_ballots(bundle: Bundle, signer: NoteSigner) -> Bundle:
    bundle["result"]["chosen"].reverse()
    return bundle


@forgery
def a_result_with_a_field_more(bundle: Bundle, signer: NoteSigner) -> Bundle:
    bundle["result"]["winner"] = "nothing"
    return bundle


@forgery
def a_format_from_the_future(bundle: Bundle, signer: NoteSigner) -> Bundle:
    return {**bundle, "format": "ward-priorities-bundle/3"}


@forgery
def a_result_of_another_rule_without_its_list(bundle: Bundle, signer: NoteSigner) -> Bundle:
    bundle["result"]["rule"] = "approval"
    return without_list(bundle)


@forgery
def more_approvals_than_ballots_without_the_list(bundle: Bundle, signer: NoteSigner) -> Bundle:
    bundle["result"]["approvals"] = dict.fromkeys(bundle["result"]["approvals"], 999)
    return without_list(bundle)


def forged_bundles(bundle: Bundle, signer: NoteSigner) -> dict[str, Bundle | str]:
    """Return bundles that are wrong, by what is wrong with them."""
    made = {f.__name__: sealed(f(copy.deepcopy(bundle), signer), signer) for f in FORGERIES}
    twice = json.dumps(bundle).replace('{"format"', '{"result": null, "format"', 1)
    unsealed = {**bundle, "counts_withheld": "No reason."}
    return {**made, "a field that stands there twice": twice, "another note": unsealed}


def promise(receipt: Bundle, signer: NoteSigner, **changes: Any) -> Bundle:
    """Return a receipt with a promise signed for it alone, or one that promises something else."""
    made = copy.deepcopy(receipt)
    leaf = bytes.fromhex(changes.get("leaf", made["leaf_hash"]))
    by = changes.get("by", datetime.fromisoformat(made["in_log_by"]))
    origin = changes.get("origin", PROMISES)
    note = signer.sign(Checkpoint(origin, 1, Tree([leaf]).root(), (promised(by),)).text())
    made["in_log_by"] = by.isoformat().replace("+00:00", "Z")
    made["promise"] = {"note": note, "index": 0, "path": []}
    return made


def forged_receipts(receipt: Bundle, signer: NoteSigner) -> dict[str, Bundle]:
    """Return receipts that are wrong, by what is wrong with them."""
    elsewhere = {**receipt, "leaf_hash": "5f" * 32}
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    return {
        "a ballot that never entered the log": promise(elsewhere, signer),
        "a ballot that came late": promise(receipt, signer, by=long_ago),
        "a promise of another ballot": promise(receipt, signer, leaf="5f" * 32),
        "a head passed off as a promise": promise(receipt, signer, origin="ward-priorities"),
        "another poll": {**receipt, "poll_id": receipt["round_id"]},
        "a ballot that was not accepted": {**receipt, "accepted": False},
        "an hour that was not promised": {**receipt, "in_log_by": "2125-01-01T00:00:00Z"},
    }
