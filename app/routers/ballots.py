"""Casting a ballot: the one write that thousands make in the same minute."""

import functools
import json
from collections import deque
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.answers import Prepared
from app.dependencies import SignedIn, ballot_box_of, guarded
from app.domain.ballots import Receipt
from app.domain.identity import RESIDENTS, Caller
from app.errors import (
    AssuranceTooLowError,
    BusyError,
    KeysMissingError,
    NotAuthenticatedError,
    NotFoundError,
    NotYourWardError,
    PollNotOpenError,
    QuotaExceededError,
    UnknownOptionError,
)
from app.operations import ballots
from app.operations.identity import find_unposted_caller
from app.operations.quotas import Quotas
from app.operations.sessions import is_session_token
from app.routing import VARY, ServiceRoute, etag_of, header
from app.schemas.ballots import BallotIn, BallotOut, PromiseOut

HTTP_OK, HTTP_CREATED = 200, 201
READ_BALLOT = BallotIn.__pydantic_validator__.validate_json
RECEIPT = (
    '{"poll_id":"%s","round_id":"%s","seq":%d,"leaf_hash":"%s","accepted":true,'
    '%s,"index":%d,"path":[%s]}}'
)
"""A receipt as `BallotOut` is written, at a fifth of the cost; a test keeps the two alike."""


class BallotRoute(ServiceRoute):
    """Takes the plain ballot straight to the writer; the rest goes FastAPI's way, to the same."""

    def answer_at_once(self, scope: Scope) -> ASGIApp | None:
        """Return what casts a plain ballot of a known poll, or `None` to let FastAPI see to it."""
        poll_id = find_plain_poll(scope)
        caller = None if poll_id is None else find_resident(scope)
        if poll_id is None or caller is None:
            return None

        async def cast(scope: Scope, receive: Receive, send: Send) -> None:
            messages = await _read(receive)
            ballot = find_ballot(messages)
            if ballot is None:
                await self.app(scope, _again(messages, receive), send)
                return
            charge_ballot(scope, caller)
            box: ballots.BallotBox = scope["app"].state.ballots
            receipt = await ballots.cast_ballot(box, caller, poll_id, ballot.approved_options)
            await _answer(receipt)(scope, receive, send)

        return cast


def find_plain_poll(scope: Scope) -> UUID | None:
    """Return the poll of a request without peculiarities, if its facts are known here."""
    if scope["query_string"] or header(scope, b"content-type") != b"application/json":
        return None
    box: ballots.BallotBox = scope["app"].state.ballots
    facts = box.polls.find_known(scope["path_params"]["poll_id"])
    return None if facts is None else facts.poll_id


def find_resident(scope: Scope) -> Caller | None:
    """Return the resident whose accepted token a request carries in the usual spelling."""
    scheme, _, token = (header(scope, b"authorization") or b"").partition(b" ")
    if scheme != b"Bearer":
        return None
    written = token.decode("latin-1")
    if is_session_token(written):
        known: Caller | None = scope["app"].state.sessions.find_known(written)
        return known
    try:
        claims = scope["app"].state.verifier.verify(written)
    except NotAuthenticatedError:
        return None
    caller = find_unposted_caller(claims)
    return caller if caller is not None and caller.role in RESIDENTS else None


def charge_ballot(scope: Scope, caller: Caller) -> None:
    """Charge a ballot to its voter's quota, or raise `QuotaExceededError`."""
    quotas: Quotas = scope["app"].state.quotas
    scope["charge"] = charge = quotas.charge_ballot(caller.subject)
    if not charge.given:
        raise QuotaExceededError(charge.policy.name, charge.seconds)


async def _read(receive: Receive) -> list[Message]:
    """Return all that a client sends as its body; the layers around bound its length."""
    messages = [await receive()]
    while messages[-1].get("more_body"):
        messages.append(await receive())
    return messages


def find_ballot(messages: Sequence[Message]) -> BallotIn | None:
    """Return the ballot of a body that arrived and fits its shape."""
    if messages[-1]["type"] != "http.request":
        return None
    try:
        ballot: BallotIn = READ_BALLOT(b"".join(message.get("body", b"") for message in messages))
    except ValidationError:
        return None
    return ballot


def _again(messages: Sequence[Message], receive: Receive) -> Receive:
    """Return a channel that gives the messages once more, and then what else comes."""
    pending = deque(messages)

    async def replay() -> Message:
        return pending.popleft() if pending else await receive()

    return replay


def _answer(receipt: Receipt) -> Response:
    promise = receipt.promise
    text = RECEIPT % (
        receipt.poll_id,
        receipt.round_id,
        receipt.seq,
        receipt.leaf_hash.hex(),
        _shared_part(promise.by, promise.note),
        promise.place,
        ",".join([f'"{step.hex()}"' for step in promise.path]),
    )
    body = text.encode()
    return Prepared(
        body,
        status_for(receipt),
        [
            (b"content-length", b"%d" % len(body)),
            (b"content-type", b"application/json"),
            (b"etag", etag_of(body).encode()),
            (b"cache-control", b"no-store"),
            (b"vary", VARY.encode()),
        ],
    )


@functools.lru_cache(maxsize=16)
def _shared_part(by: datetime, note: str) -> str:
    """Return what the receipts of one batch have in common."""
    at = by.isoformat().replace("+00:00", "Z")
    return f'"in_log_by":"{at}","promise":{{"note":{json.dumps(note, ensure_ascii=False)}'


def status_for(receipt: Receipt) -> int:
    """Return 201 for a resident's first ballot of the round, 200 for one that replaced another."""
    return HTTP_CREATED if receipt.seq == 1 else HTTP_OK


def receipt_out(receipt: Receipt) -> BallotOut:
    """Return a receipt as clients see it."""
    promise = receipt.promise
    return BallotOut(
        poll_id=receipt.poll_id,
        round_id=receipt.round_id,
        seq=receipt.seq,
        leaf_hash=receipt.leaf_hash.hex(),
        accepted=True,
        in_log_by=promise.by,
        promise=PromiseOut(
            note=promise.note, index=promise.place, path=[step.hex() for step in promise.path]
        ),
    )


def _access() -> dict[str, Any]:
    access = guarded(
        RESIDENTS,
        NotFoundError,
        PollNotOpenError,
        NotYourWardError,
        AssuranceTooLowError,
        UnknownOptionError,
        KeysMissingError,
        BusyError,
    )
    replaced = {"model": BallotOut, "description": "Your earlier ballot of this round is replaced."}
    access["responses"][HTTP_OK] = replaced
    return access


router = APIRouter(tags=["polls"], route_class=BallotRoute)


@router.put("/v1/polls/{poll_id}/ballot", status_code=HTTP_CREATED, **_access())
async def put_ballot(
    request: Request, response: Response, caller: SignedIn, poll_id: UUID, body: BallotIn
) -> BallotOut:
    """Cast your one secret ballot of the round; casting again replaces it until the poll closes."""
    charge_ballot(request.scope, caller)
    box = ballot_box_of(request)
    receipt = await ballots.cast_ballot(box, caller, poll_id, body.approved_options)
    response.status_code = status_for(receipt)
    return receipt_out(receipt)
