"""The public log of a poll's sealed ballots: who signs it, its heads, and proofs about it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from app.dependencies import Now, PageOf, Reads, next_url
from app.errors import (
    InvalidCursorError,
    InvalidRequestError,
    KeysMissingError,
    LeafNotInLogError,
    NoHeadYetError,
    NotAcceptableError,
    NotFoundError,
)
from app.models.log import TreeHead
from app.operations import log_queries
from app.operations.log_queries import TreeShelf
from app.representations import MEDIA_TYPES, offering, wanted_format
from app.routing import ServiceRoute, public
from app.schemas.base import PageOut
from app.schemas.log import ConsistencyOut, InclusionOut, LogKeyOut, TreeHeadOut
from app.signing import NoteSigner

router = APIRouter(tags=["polls"], route_class=ServiceRoute)

MAX_SIZE = 2**31 - 1
Size = Annotated[int, Query(ge=0, le=MAX_SIZE, description="A published size.", examples=[10])]
PollId = Annotated[UUID, Path(description="The poll whose log is meant.")]


def trees_of(request: Request) -> TreeShelf:
    """Return the process's trees."""
    trees: TreeShelf = request.app.state.trees
    return trees


def head_out(head: TreeHead) -> TreeHeadOut:
    """Return a head in the shape that crosses the wire."""
    return TreeHeadOut(
        size=head.size,
        root=head.root.hex(),
        published_at=head.published_at,
        checkpoint=head.checkpoint,
    )


@router.get("/v1/log-key", **public(KeysMissingError))
async def get_log_key(request: Request) -> LogKeyOut:
    """Get the key that signs the heads of every poll's log and the promises in receipts."""
    signer: NoteSigner = request.app.state.keyring.log_signer
    return LogKeyOut(
        name=signer.name, verifier_key=signer.verifier_key, public_key=signer.public_key.hex()
    )


@router.get("/v1/polls/{poll_id}/heads", **public(NotFoundError, InvalidCursorError, fresh_for=0))
async def list_log_heads(
    request: Request, session: Reads, page: PageOf, poll_id: PollId
) -> PageOut[TreeHeadOut]:
    """List the published heads of a poll's log, newest first."""
    found = await log_queries.list_heads(session, poll_id, page)
    return PageOut[TreeHeadOut](
        items=[head_out(head) for head in found.items], next=next_url(request, found)
    )


@router.get(
    "/v1/polls/{poll_id}/head",
    response_model=TreeHeadOut,
    **offering(
        public(NotFoundError, NoHeadYetError, NotAcceptableError, fresh_for=0),
        "text",
    ),
)
async def get_log_head(
    request: Request,
    session: Reads,
    poll_id: PollId,
    f: Annotated[  # noqa: ARG001 - `wanted_format` reads it
        str | None,
        Query(max_length=10, description="`json` or `text`; wins over `Accept`."),
    ] = None,
) -> TreeHeadOut | Response:
    """Get the newest head of a poll's log, also as the plain text of its checkpoint."""
    kind = wanted_format(request, "json", "text")
    head = await log_queries.get_head(session, poll_id)
    if kind == "text":
        return Response(head.checkpoint, media_type=MEDIA_TYPES["text"])
    return head_out(head)


@router.get(
    "/v1/polls/{poll_id}/inclusion",
    **public(NotFoundError, NoHeadYetError, LeafNotInLogError, fresh_for=0),
)
async def prove_log_inclusion(
    request: Request,
    session: Reads,
    now: Now,
    poll_id: PollId,
    leaf_hash: Annotated[
        str,
        Query(
            pattern="^[0-9a-f]{64}$",
            description="The `leaf_hash` of a receipt.",
            examples=["5f" * 32],
        ),
    ],
) -> InclusionOut:
    """Get the proof that a receipt's leaf stands under the newest head of the poll's log."""
    next_by = log_queries.next_head_by(now, request.app.state.settings.log_interval_s)
    proof = await log_queries.prove_inclusion(
        session, trees_of(request), poll_id, bytes.fromhex(leaf_hash), next_by=next_by
    )
    return InclusionOut(
        poll_id=poll_id,
        leaf_hash=leaf_hash,
        index=proof.index,
        path=[step.hex() for step in proof.path],
        head=head_out(proof.head),
    )


@router.get(
    "/v1/polls/{poll_id}/consistency",
    **public(NotFoundError, NoHeadYetError, InvalidRequestError, fresh_for=0),
)
async def prove_log_consistency(
    request: Request, session: Reads, poll_id: PollId, first: Size, second: Size
) -> ConsistencyOut:
    """Get the proof that a poll's log only grew from one published size to another."""
    proof = await log_queries.prove_consistency(
        session, trees_of(request), poll_id, first=first, second=second
    )
    return ConsistencyOut(
        poll_id=poll_id,
        first=head_out(proof.first),
        second=head_out(proof.second),
        path=[step.hex() for step in proof.path],
    )
