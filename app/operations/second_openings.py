"""The auditor's second opening: the envelopes once more, another way, against what was published.

It shares with the first opening the round's key and nothing else that it can do without: each
envelope gets a key agreement of its own, the options come from the frozen manifest and not from
their table, and the list of the first opening is only read to be compared.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.database import ReadSession, WriteSession
from app.domain.ballots import leaf_hash, options_of
from app.domain.challenges import Differences, Opened, only_in, require_challenge_open
from app.domain.counting import Profile, get_rule
from app.domain.counting.ties import TieBreak, tie_break_seed
from app.domain.identity import Caller
from app.errors import NotFoundError
from app.keyring import Keyring
from app.models.challenges import SecondOpening
from app.models.log import LogLeaf
from app.models.polls import Envelope, OpenedBallot, Poll, PollResult
from app.operations import audit
from app.operations.ballot_accounts import count_false_covers, count_unaccounted
from app.operations.polls_queries import WITH_PARTS, get_poll
from app.pagination import Key, Page, PageRequest, fetch_page
from app.sealing import DamagedEnvelopeError, associated_data, unseal_alone


async def open_again(
    session: WriteSession, keyring: Keyring, caller: Caller, *, poll_id: UUID, now: datetime
) -> SecondOpening:
    """Open a counted poll's envelopes a second time, compare, and record what came of it."""
    poll = await _lock_poll(session, poll_id)
    require_challenge_open(
        poll.status,
        published_at=poll.published_at,
        destroyed_at=poll.round.keys_destroyed_at,
        at=now,
    )
    key = keyring.private_key(poll.round_id)
    envelopes = await _envelopes_of(session, poll_id)
    opened, damaged = await asyncio.to_thread(_open_each, key, poll, envelopes)
    found = await _compare(session, poll, envelopes, opened, damaged=damaged)
    made = SecondOpening(
        poll_id=poll_id,
        opened_at=now,
        opened_by=caller.subject,
        role=caller.role.value,
        ballots=len(opened),
        agrees=found.none,
        differences=asdict(found),
    )
    session.add(made)
    await session.flush()
    audit.record(
        session,
        caller,
        "open_poll_again",
        ("poll", poll_id),
        now=now,
        borough_code=poll.borough_code,
        ward_code=poll.ward_code,
        detail={"agrees": made.agrees, "differences": made.differences},
    )
    return made


async def list_second_openings(
    session: ReadSession, caller: Caller | None, poll_id: UUID, page: PageRequest
) -> Page[SecondOpening]:
    """Return a poll's second openings, newest first."""
    await get_poll(session, caller, poll_id)
    mine = select(SecondOpening).where(SecondOpening.poll_id == poll_id)
    return await fetch_page(session, mine, page, [Key.uuid(SecondOpening.id)], descending=True)


async def _lock_poll(session: WriteSession, poll_id: UUID) -> Poll:
    held = select(Poll).where(Poll.id == poll_id).with_for_update(key_share=True)
    poll = (await session.scalars(held.options(*WITH_PARTS))).first()
    if poll is None:
        raise NotFoundError("poll", poll_id)
    return poll


async def _envelopes_of(session: WriteSession, poll_id: UUID) -> Sequence[Any]:
    columns = select(
        Envelope.slot, Envelope.seq, Envelope.sealed, Envelope.leaf_hash, Envelope.quarantined
    )
    return (await session.execute(columns.where(Envelope.poll_id == poll_id))).all()


def _open_each(key: bytes, poll: Poll, envelopes: Iterable[Any]) -> tuple[list[Opened], int]:
    """Return what the envelopes that count hold, and how many do not open."""
    options = _options_of(poll)
    bound_to = associated_data(poll.id, poll.manifest_sha256 or "")
    opened: list[Opened] = []
    damaged = 0
    for envelope in envelopes:
        try:
            mask, tracker = unseal_alone(key, envelope.sealed, bound_to)
            ballot = (options_of(mask, options), tracker.hex())
        except (DamagedEnvelopeError, ValueError):
            damaged += 1
            continue
        if not envelope.quarantined:
            opened.append(ballot)
    return opened, damaged


def _options_of(poll: Poll) -> list[str]:
    """Return the option ids in the order that the manifest froze."""
    return [option["id"] for option in (poll.manifest or {})["options"]]


async def _compare(
    session: WriteSession,
    poll: Poll,
    envelopes: Sequence[Any],
    opened: Sequence[Opened],
    *,
    damaged: int,
) -> Differences:
    listed = await _list_of(session, poll)
    mine = select(LogLeaf.leaf_hash).where(LogLeaf.poll_id == poll.id)
    in_log = {bytes(leaf) for leaf in await session.scalars(mine)}
    result = await session.get_one(PollResult, poll.id)
    chosen = await asyncio.to_thread(_choose, poll, result, opened)
    return Differences(
        damaged=damaged,
        only_in_envelopes=only_in(opened, listed),
        only_on_list=only_in(listed, opened),
        altered_leaves=sum(not _fits(poll, envelope) for envelope in envelopes),
        not_in_log=sum(bytes(envelope.leaf_hash) not in in_log for envelope in envelopes),
        false_covers=await count_false_covers(session, poll.id),
        unaccounted=await count_unaccounted(session, poll.round_id),
        other_result=int(chosen != result.count["chosen"]),
    )


async def _list_of(session: WriteSession, poll: Poll) -> list[Opened]:
    columns = select(OpenedBallot.choices, OpenedBallot.tracker)
    rows = await session.execute(columns.where(OpenedBallot.poll_id == poll.id))
    places = {option: place for place, option in enumerate(_options_of(poll))}
    return [
        (tuple(sorted(choices, key=lambda option: places.get(option, -1))), tracker)
        for choices, tracker in rows
    ]


def _fits(poll: Poll, envelope: Any) -> bool:
    """Whether an envelope's leaf is the hash of its place and content."""
    made = leaf_hash(
        poll.round_id, poll.id, slot=envelope.slot, seq=envelope.seq, sealed=envelope.sealed
    )
    return made == bytes(envelope.leaf_hash)


def _choose(poll: Poll, result: PollResult, opened: Sequence[Opened]) -> list[str]:
    """Return what the ballots opened now choose, ties broken as they were."""
    profile = Profile.from_ballots(_options_of(poll), (choices for choices, _ in opened))
    commitment = bytes.fromhex(result.count["closing_commitment"])
    seed = tie_break_seed(bytes.fromhex(poll.manifest_sha256 or ""), commitment)
    ties = TieBreak.draw(profile.options, seed)
    return list(get_rule(poll.rule).count(profile, poll.seats, ties).chosen)
