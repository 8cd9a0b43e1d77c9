"""A published poll's bundle: what an outsider needs to recount it, made once and kept packed."""

import asyncio
import gzip
import json
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.database import ReadSession
from app.domain.bundles import (
    COUNTS_WITHHELD,
    FORMAT,
    LIST_WITHHELD,
    Ballot,
    counts_told,
    covers_may_be_told,
    in_order,
    none_stands_out,
    note_text,
    result_told,
)
from app.domain.disclosure import Disclosure
from app.domain.identity import Caller, Role
from app.domain.polls import TIE_BREAK, WITH_RESULT, PollStatus
from app.errors import BundleUnavailableError, ResultNotPublishedError
from app.keyring import Keyring
from app.models.log import LogLeaf, TreeHead
from app.models.polls import OpenedBallot, Poll, PollResult
from app.operations.atlas import PackedBody
from app.operations.ballot_accounts import count_box
from app.operations.poll_results import show_result
from app.operations.polls_queries import get_poll
from app.schemas.poll_results import PollResultOut

MOST_KEPT = 200
COMPRESSION = 6


class BundleShelf:
    """The public bundles one process has made; nothing published changes, so they stay good."""

    def __init__(self) -> None:
        self._made: OrderedDict[UUID, PackedBody] = OrderedDict()
        self._unsigned: set[UUID] = set()

    async def get(self, session: ReadSession, keyring: Keyring, poll: Poll) -> PackedBody:
        """Return a published poll's bundle as everybody may see it.

        One that could not be signed is made anew once it can: the log's key may have been away.
        """
        made = self._made.get(poll.id)
        if made is None or (poll.id in self._unsigned and _can_sign(keyring, _log_key_of(poll))):
            document = await make_bundle(session, keyring, poll, full=False)
            made = self._made[poll.id] = await asyncio.to_thread(pack, document)
            self._unsigned.discard(poll.id)
            if document["note"] is None:
                self._unsigned.add(poll.id)
            while len(self._made) > MOST_KEPT:
                self._unsigned.discard(self._made.popitem(last=False)[0])
        return made


def pack(document: dict[str, Any]) -> PackedBody:
    """Return a document as it is sent, plain and compressed."""
    plain = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return PackedBody(plain, gzip.compress(plain, COMPRESSION, mtime=0))


async def get_bundle(
    session: ReadSession,
    keyring: Keyring,
    shelf: BundleShelf,
    caller: Caller | None,
    *,
    poll_id: UUID,
) -> PackedBody:
    """Return a bundle: to anyone once its poll is published, in full to auditors when counted."""
    poll = await get_poll(session, caller, poll_id)
    if caller is not None and caller.role is Role.AUDITOR and poll.status in WITH_RESULT:
        full = await make_bundle(session, keyring, poll, full=True)
        return await asyncio.to_thread(pack, full)
    if poll.status != PollStatus.PUBLISHED:
        raise ResultNotPublishedError("bundle of poll", poll_id)
    return await shelf.get(session, keyring, poll)


async def make_bundle(
    session: ReadSession, keyring: Keyring, poll: Poll, *, full: bool
) -> dict[str, Any]:
    """Return the bundle of a counted poll, its options loaded; `full` leaves nothing out.

    Nothing in it changes once the poll is counted, so its note is the same whenever it is signed.
    """
    heads = await _heads_of(session, poll.id)
    manifest = poll.manifest or {}
    if not heads or manifest.get("tie_break") != TIE_BREAK:
        raise BundleUnavailableError("public log of poll", poll.id)
    told = show_result(poll, await session.get_one(PollResult, poll.id), full=full)
    exact = told.disclosure is Disclosure.EXACT
    leaves = await _leaves_of(session, poll.id)
    ballots = await _opened_of(session, poll)
    box = await count_box(session, poll.id)
    lists = full or (exact and none_stands_out(ballots))
    covers = full or covers_may_be_told(box, exact=exact)
    cover = {str(leaf.idx): leaf.cover.hex() for leaf in leaves if leaf.cover is not None}
    bundle = {
        "format": FORMAT,
        "manifest": manifest,
        "manifest_sha256": poll.manifest_sha256,
        "log": {
            "key": manifest["log_key"],
            "leaves": [leaf.leaf_hash.hex() for leaf in leaves],
            "cover": cover if covers else None,
            "heads": [head.checkpoint for head in heads],
        },
        "closing_commitment": heads[-1].root.hex(),
        "counts": counts_told(
            box, len(heads), opened=len(ballots) if exact else None, covers=covers
        ),
        "counts_withheld": None if covers else COUNTS_WITHHELD,
        "opened": ballots if lists else None,
        "opened_withheld": None if lists else LIST_WITHHELD,
        "result": _result(told),
    }
    return {**bundle, "note": _sign(keyring, manifest["log_key"], note_text(bundle))}


def _sign(keyring: Keyring, log_key: str, text: str) -> str | None:
    """Return a text signed by the key that a log was begun with, if the key store still has it."""
    return keyring.log_signer.sign(text) if _can_sign(keyring, log_key) else None


def _can_sign(keyring: Keyring, log_key: str) -> bool:
    return keyring.has_log_key() and keyring.log_signer.verifier_key == log_key


def _log_key_of(poll: Poll) -> str:
    key: str = (poll.manifest or {}).get("log_key", "")
    return key


def _result(told: PollResultOut) -> dict[str, Any]:
    shown = told.model_dump(mode="json")
    facts = {name: shown[name] for name in ("disclosure", "rule", "seats", "chosen")}
    options, account = shown["options"], shown["account"]
    approvals = None
    if options is not None:
        approvals = {option["id"]: option["approvals"] for option in options}
    return result_told(facts, approvals, account)


async def _heads_of(session: ReadSession, poll_id: UUID) -> Sequence[Any]:
    columns = select(TreeHead.root, TreeHead.checkpoint)
    found = columns.where(TreeHead.poll_id == poll_id).order_by(TreeHead.number)
    return (await session.execute(found)).all()


async def _leaves_of(session: ReadSession, poll_id: UUID) -> Sequence[Any]:
    columns = select(LogLeaf.idx, LogLeaf.leaf_hash, LogLeaf.cover)
    found = columns.where(LogLeaf.poll_id == poll_id).order_by(LogLeaf.idx)
    return (await session.execute(found)).all()


async def _opened_of(session: ReadSession, poll: Poll) -> list[Ballot]:
    opened = select(OpenedBallot.choices).where(OpenedBallot.poll_id == poll.id)
    ballots = (await session.scalars(opened)).all()
    return in_order(ballots, [str(option.id) for option in poll.options])
