"""Retries: a staff or partner POST is answered once under its Idempotency-Key."""

import hashlib
from datetime import datetime, timedelta

from fastapi import Request, Response
from pydantic import BaseModel

from app.database import WriteSession
from app.domain.identity import Caller
from app.errors import IdempotencyKeyRequiredError, InvalidRequestError, ShownOnceError
from app.operations.identity import claim_key as claim_answer
from app.operations.identity import forget_answers

MAX_KEY_LENGTH = 200
ANSWERS_KEPT = timedelta(hours=24)


class AnsweredBeforeError(Exception):
    """This POST was already answered under its Idempotency-Key; carries that answer."""

    def __init__(self, response: Response) -> None:
        super().__init__("answered before")
        self.response = response


async def claim_key(request: Request, session: WriteSession, caller: Caller, now: datetime) -> None:
    """Claim a POST's Idempotency-Key in its own transaction, so that its answer is kept with it.

    Raises `AnsweredBeforeError` with the first answer when the key was answered before.
    """
    key = request.headers.get("idempotency-key", "").strip()
    if not key:
        raise IdempotencyKeyRequiredError(
            "Send an Idempotency-Key header: any unique text, the same again when you retry.",
            pointer="Idempotency-Key",
        )
    if len(key) > MAX_KEY_LENGTH:
        raise InvalidRequestError(
            f"An Idempotency-Key has at most {MAX_KEY_LENGTH} characters.",
            pointer="Idempotency-Key",
        )
    asked = b"\n".join((request.method.encode(), str(request.url).encode(), await request.body()))
    await forget_answers(session, before=now - ANSWERS_KEPT)
    row, answered = await claim_answer(
        session, caller, key, fingerprint=hashlib.sha256(asked).hexdigest(), now=now
    )
    if answered and not row.body:
        raise ShownOnceError("This was done already; its secrets are not shown again.")
    if answered:
        raise AnsweredBeforeError(_replay(row.status, row.location, row.etag, row.body))

    def keep(response: Response) -> None:
        row.status = response.status_code
        if request.scope.get("shown_once"):
            return
        row.body = bytes(request.scope.get("kept_body", response.body))
        row.location, row.etag = response.headers.get("location"), response.headers.get("etag")

    request.scope["keep_answer"] = keep


def keep_without(request: Request, answer: BaseModel) -> None:
    """Keep this for a retry instead of what is answered now, which holds a secret."""
    request.scope["kept_body"] = answer.model_dump_json().encode()


def show_once(request: Request) -> None:
    """Keep nothing of this request's answer, not even a digest: it holds secrets."""
    request.scope["shown_once"] = True


def _replay(status: int, location: str | None, etag: str | None, body: bytes) -> Response:
    headers = {"Idempotency-Replayed": "true", "Cache-Control": "no-store"}
    if location is not None:
        headers["Location"] = location
    if etag is not None:
        headers["ETag"] = etag
    return Response(body, status, headers, "application/json")
