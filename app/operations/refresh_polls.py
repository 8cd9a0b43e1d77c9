"""The polls of a refresh, read off their rows: the latest since the last one, and the one before.

A ward whose code changed while its area did not is the same ward; where it was merged, split or
redrawn, the poll before is told to be another ward's and not compared.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import defer, selectinload

from app.database import ReadSession, WriteSession
from app.domain.disclosure import Disclosure, disclose, disclosure_of
from app.domain.editions import SuccessionKind
from app.domain.polls import WITH_RESULT
from app.domain.refresh_polls import (
    Contest,
    EarlierPoll,
    PollFinding,
    Support,
    support_exactly,
    support_roughly,
)
from app.models.polls import Poll, PollResult
from app.models.wards import BoundaryEdition, Ward, WardCrosswalk

Session = ReadSession | WriteSession
Counted = tuple[Poll, PollResult]
Record = Mapping[str, Any]


async def find_polls(
    session: Session, ward: Ward, *, counted_after: datetime
) -> tuple[PollFinding | None, EarlierPoll | None]:
    """Return what the ward's latest poll since then says, and the poll counted before it."""
    counted = await _list_counted(session, [ward.code], limit=2)
    if not counted or counted[0][1].counted_at <= counted_after:
        return None, None
    finding = describe_poll(*counted[0])
    if counted[1:]:
        return finding, EarlierPoll(describe_poll(*counted[1]), ward.name, is_same_ward=True)
    return finding, await _find_predecessors_poll(session, ward)


async def _list_counted(session: Session, codes: Collection[str], *, limit: int) -> list[Counted]:
    statement = (
        select(Poll, PollResult)
        .join(PollResult, PollResult.poll_id == Poll.id)
        .where(Poll.ward_code.in_(codes), Poll.status.in_(WITH_RESULT))
        .order_by(PollResult.counted_at.desc(), Poll.id.desc())
        .options(selectinload(Poll.options), defer(PollResult.profile))
        .limit(limit)
    )
    return [(row[0], row[1]) for row in await session.execute(statement)]


async def _find_predecessors_poll(session: Session, ward: Ward) -> EarlierPoll | None:
    """Return the latest poll of the wards that this one came from, if any had one."""
    rows = (
        await session.execute(
            select(Ward.code, Ward.name, WardCrosswalk.kind)
            .join(WardCrosswalk, WardCrosswalk.from_ward_id == Ward.id)
            .join(BoundaryEdition, BoundaryEdition.id == Ward.edition_id)
            .where(BoundaryEdition.status != "inactive", Ward.code != ward.code)
            .where(WardCrosswalk.to_ward_id.in_(select(Ward.id).where(Ward.code == ward.code)))
        )
    ).all()
    names = {code: name for code, name, _ in rows}
    whole = {code for code, _, kind in rows if kind == SuccessionKind.RECODED}
    found = await _list_counted(session, whole or names, limit=1) if names else []
    if not found:
        return None
    finding = describe_poll(*found[0])
    return EarlierPoll(finding, names[finding.ward_code], is_same_ward=bool(whole))


def describe_poll(poll: Poll, result: PollResult) -> PollFinding:
    """Return what a poll says of concerns, as far as anyone may be told."""
    concerns = {str(option.id): option.concern for option in poll.options}
    approvals: dict[str, int] = result.count["approvals"]
    level = disclosure_of(result.ballots, approvals.values())
    figures = disclose(result.ballots, 0, approvals, {})
    finding = PollFinding(
        poll_id=str(poll.id),
        counted_at=result.counted_at,
        seats=poll.seats,
        is_exact=level is Disclosure.EXACT,
        turnout=figures.ballots,
        options=tuple(concerns.values()),
        ward_code=poll.ward_code,
        rule=poll.rule,
    )
    if figures.ballots is None:
        return finding
    chosen = tuple(concerns[option] for option in result.count["chosen"])
    votes = {concerns[option]: told for option, told in figures.approvals.items()}
    finding = replace(finding, chosen=chosen, ranking=chosen, votes=votes)
    if finding.is_exact:
        return _in_full(finding, concerns, result)
    return replace(
        finding,
        supports={c: support_roughly(v, figures.ballots, poll.seats) for c, v in votes.items()},
    )


def _in_full(finding: PollFinding, concerns: Record, result: PollResult) -> PollFinding:
    count = result.count
    level = [
        (concerns[near["options"][0]], concerns[near["rivals"][0]])
        for near in count["near_ties"]["items"]
        if not near["ballots"] and len(near["options"]) == len(near["rivals"]) == 1
    ]
    return replace(
        finding,
        ranking=(*finding.chosen, *(concerns[option] for option in count["reserves"])),
        supports=_supports(finding, Fraction(count["voters"])),
        contests={
            concern: contest
            for concern in finding.options
            for contest in _contests(finding.chosen, concern, concerns, count["trace"])
        },
        level=tuple(level),
    )


def _supports(finding: PollFinding, voters: Fraction) -> dict[str, Support]:
    return {
        concern: support_exactly(votes or 0, finding.turnout or 0, voters, finding.seats)
        for concern, votes in finding.votes.items()
    }


def _contests(
    chosen: Sequence[str], concern: str, concerns: Record, trace: Sequence[Record]
) -> Iterator[Contest]:
    """Give the step in which a concern took its place, or in which the last place passed it by."""
    own = concern if concern in chosen else (chosen[-1] if chosen else None)
    for step in trace:
        if [concerns[option] for option in step["options"]] != [own]:
            continue
        rivals = [
            (concerns[rival["options"][0]], rival)
            for rival in step["rivals"]
            if len(rival["options"]) == 1 and concerns[rival["options"][0]] not in chosen
        ]
        wanted = [pair for pair in rivals if concern in (own, pair[0])]
        if own is not None and wanted:
            lost_by, rival = wanted[0]
            yield Contest(
                place=step["position"],
                taken_by=own,
                lost_by=lost_by,
                measure=step["stage"],
                taken_at=step["amount"],
                lost_at=rival["amount"],
                ballots=rival["ballots_to_swap"],
            )
        return
