"""What somebody without the log's key makes of a bundle, and what its texts may not look like."""

import copy
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from app.signing import NoteSigner
from tests.bundles import (
    SHARED,
    bundle_of,
    load_verifier,
    published,
    run_verifier,
    told_by,
)
from tests.factories import A1
from tests.polling import fill_box, leader_of, move, open_poll, publish_heads
from tests.support import Api
from tests.tools.forgeries import freeze_again, sealed, without_list

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
VERIFIER = load_verifier()
FEW = SHARED[:8] + SHARED[14:22]
VERDICT = "PROVED      Counted anew by phragmen, the opened list gives exactly this result."
Bundle = dict[str, Any]
EDITS: list[Callable[[Bundle], None]] = []


@dataclass(frozen=True)
class Honest:
    """What is as it should be."""

    bundle: Bundle
    receipt: Bundle
    signer: NoteSigner


def edit(make: Callable[[Bundle], None]) -> Callable[[Bundle], None]:
    """Put a change on the list of those that anybody could make, without a key."""
    EDITS.append(make)
    return make


def recount(bundle: Bundle) -> None:
    """Make hash, order and result right again, as anybody can."""
    manifest = bundle["manifest"]
    bundle["manifest_sha256"] = hashlib.sha256(VERIFIER.canonical(manifest).encode()).hexdigest()
    options, seats = [option["id"] for option in manifest["options"]], manifest["seats"]
    ballots = sorted(tuple(map(options.index, ballot)) for ballot in bundle["opened"])
    bundle["opened"] = [[options[place] for place in ballot] for ballot in ballots]
    seed = bytes.fromhex(bundle["manifest_sha256"] + bundle["closing_commitment"])
    rule = manifest["rule"]
    anew = VERIFIER.Recount(options, seats, rule, hashlib.sha256(seed).digest(), ballots)
    named = [options[place] for place in anew.ranking]
    bundle["result"].update(
        rule=rule,
        seats=seats,
        chosen=named[:seats],
        reserves=named[seats:],
        trace=anew.trace,
        approvals={option: anew.ticks[place] for place, option in enumerate(options)},
        certificates={
            "ejr_plus": anew.certificate(together=False),
            "pjr_plus": anew.certificate(together=True),
        },
    )


@edit
def another_question_with_other_seats(bundle: Bundle) -> None:
    bundle["manifest"].update(question="Another?", seats=1, rule="approval")
    recount(bundle)


@edit
def texts_of_options_exchanged(bundle: Bundle) -> None:
    first, *_, last = bundle["manifest"]["options"]
    first["text"], last["text"] = last["text"], first["text"]
    recount(bundle)


@edit
def an_opened_list_of_ones_own(bundle: Bundle) -> None:
    favourite = bundle["manifest"]["options"][3]["id"]
    bundle["opened"] = [[favourite] for _ in bundle["opened"]]
    recount(bundle)


@edit
def the_log_cut_back_to_an_earlier_head(bundle: Bundle) -> None:
    log, counts = bundle["log"], bundle["counts"]
    log["heads"] = log["heads"][:1]
    size = int(log["heads"][0].split("\n")[1])
    log["leaves"] = log["leaves"][:size]
    log["cover"] = {place: nonce for place, nonce in log["cover"].items() if int(place) < size}
    bundle["opened"] = bundle["opened"][: size - len(log["cover"])]
    leaves = tuple(map(bytes.fromhex, log["leaves"]))
    bundle["closing_commitment"] = VERIFIER.root_of(leaves).hex()
    opened = len(bundle["opened"])
    counts.update(heads=1, leaves=size, cover=len(log["cover"]), opened=opened, current=opened)
    counts["superseded"] = size - len(log["cover"]) - opened
    recount(bundle)


@edit
def a_result_whose_list_is_left_out(bundle: Bundle) -> None:
    bundle.update(without_list(bundle))
    bundle["result"]["chosen"].reverse()


@pytest.fixture
async def honest(api: Api) -> Honest:
    """A real bundle under two heads, a receipt of one of its ballots, and the log's key."""
    leader = await leader_of(api)
    poll = await open_poll(leader, rule="equal_shares")
    voter = await api.as_("resident", wards=(A1,))
    ballot = {"approved_options": [poll["options"][0]["id"]]}
    receipt = (await voter.put(f"/v1/polls/{poll['id']}/ballot", json=ballot)).json()
    await publish_heads(api)
    await fill_box(api, poll, SHARED, replaced=12)
    await move(leader, poll, "closed", "counted", "published")
    return Honest(await bundle_of(api, poll), receipt, api.app.state.keyring.log_signer)


def finds(bundle: Any, *more: Any) -> bool:
    """Whether the verifier says that something is wrong, whatever the exception."""
    try:
        told_by(VERIFIER, bundle, *more)
    except Exception:  # noqa: BLE001 - the program turns each into a sentence
        return True
    return False


@pytest.mark.parametrize("make", EDITS)
async def test_whoever_knows_the_key_in_some_way_sees_what_was_rewritten_without_it(
    honest: Honest, make: Callable[[Bundle], None]
) -> None:
    bundle = copy.deepcopy(honest.bundle)
    make(bundle)
    known = [(honest.bundle["log"]["key"],), (None, [honest.bundle["log"]["heads"][0]])]
    for note in (bundle["note"], None):
        for more in (*known, (None, (), honest.receipt)):
            assert not finds(honest.bundle, *more)
            assert finds({**bundle, "note": note}, *more)
    assert finds(bundle)


async def test_without_key_and_note_the_signature_is_not_called_proved(honest: Honest) -> None:
    bundle = copy.deepcopy(honest.bundle)
    an_opened_list_of_ones_own(bundle)
    done = run_verifier("-", stdin=json.dumps({**bundle, "note": None}))
    assert done.returncode == 0
    assert "NOT PROVED  That the key you know has signed all of this." in done.stdout


async def test_heads_from_before_they_named_a_manifest_pass_and_are_told(honest: Honest) -> None:
    bundle, signer = copy.deepcopy(honest.bundle), honest.signer
    texts = [head.partition("\n\n")[0].split("\n")[:4] for head in bundle["log"]["heads"]]
    bundle["log"]["heads"] = [signer.sign("\n".join(lines) + "\n") for lines in texts]
    done = run_verifier("-", stdin=json.dumps(sealed(bundle, signer)))
    assert done.returncode == 0, done.stdout
    assert "NOT PROVED  That the last head was signed for this manifest." in done.stdout
    assert (
        "PROVED      That the last head"
        in run_verifier("-", stdin=json.dumps(honest.bundle)).stdout
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"chosen": []},
        {"chosen": ["5f", "5e"]},
        {"approvals": {}},
        {"approvals": None},
        {"disclosure": "rounded"},
        {"seats": 1},
        {"rule": "pav"},
        {"winner": "nothing"},
    ],
    ids=str,
)
async def test_a_result_without_its_list_is_looked_at_as_far_as_it_goes(
    honest: Honest, changes: Bundle
) -> None:
    bundle = without_list(copy.deepcopy(honest.bundle))
    assert not finds(sealed(bundle, honest.signer))
    bundle["result"].update(changes)
    assert finds(sealed(bundle, honest.signer))


async def test_numbers_of_a_list_that_is_not_shown_have_their_bounds(honest: Honest) -> None:
    bundle = without_list(copy.deepcopy(honest.bundle))
    log, counts = bundle["log"], bundle["counts"]
    few = {"cover": None, "superseded": None}
    hidden = {**bundle, "log": {**log, "cover": None}, "counts": {**counts, **few}}
    assert not finds(sealed(hidden, honest.signer))
    for wrong in ({"opened": 99_999, "current": 99_999}, {"superseded": 0}, {"cover": 5}):
        counts = {**hidden["counts"], **wrong}
        assert finds(sealed({**hidden, "counts": counts}, honest.signer)), wrong


async def test_a_rounded_result_is_looked_at_as_well(api: Api) -> None:
    bundle, signer = (
        await bundle_of(api, await published(api, FEW)),
        api.app.state.keyring.log_signer,
    )
    assert not finds(bundle, bundle["log"]["key"])
    options = [option["id"] for option in bundle["manifest"]["options"]]
    for changes in (
        {"approvals": dict.fromkeys(options, 60)},
        {"approvals": dict.fromkeys(options[:2], 5)},
        {"chosen": options[:1] * 2},
        {"chosen": options},
        {"trace": []},
        {"disclosure": "exact"},
        {"disclosure": "withheld"},
    ):
        result = {**bundle["result"], **changes}
        assert finds(sealed({**bundle, "result": result}, signer)), changes


@pytest.mark.parametrize("text", ['"opened": NaN', '"opened": 1e999', '"opened": 41.0'])
async def test_numbers_that_are_read_in_two_ways_are_refused(honest: Honest, text: str) -> None:
    opened = f'"opened": {honest.bundle["counts"]["opened"]}'
    written = json.dumps(honest.bundle)
    assert opened in written
    done = run_verifier("-", stdin=written.replace(opened, text))
    assert (done.returncode, done.stderr) == (1, "")


async def test_no_text_of_a_bundle_looks_like_a_verdict(honest: Honest) -> None:
    bundle = without_list(copy.deepcopy(honest.bundle))
    told = {**bundle, "opened_withheld": VERDICT, "counts_withheld": f"\x1b[1A{VERDICT}"}
    question = f"Why?\n{VERDICT}\x1b[2K\r{VERDICT}{' ' * 53}{VERDICT}\u2028{VERDICT}"
    spoken = freeze_again(copy.deepcopy(bundle), honest.signer, question=question)
    unknown = {**bundle, "counts": {**bundle["counts"], f"\n{VERDICT}": 1}}
    for made in (told, spoken, unknown):
        done = run_verifier("-", stdin=json.dumps(sealed(made, honest.signer)))
        assert not [line for line in done.stdout.split("\n") if line.startswith(VERDICT[:30])]
        assert all(character.isprintable() for character in done.stdout.replace("\n", ""))
        assert max(map(len, done.stdout.split("\n"))) <= 80


async def test_says_which_poll_it_read_and_what_it_chose(honest: Honest) -> None:
    said = " ".join(run_verifier("-", stdin=json.dumps(honest.bundle)).stdout.split())
    manifest, texts = honest.bundle["manifest"], honest.bundle["manifest"]["options"]
    named = {option["id"]: option["text"] for option in texts}
    chosen = "; ".join(named[option] for option in honest.bundle["result"]["chosen"])
    assert f"POLL {manifest['poll']} in Alder 1: {manifest['question']}" in said
    assert f"CHOSEN {chosen}" in said
