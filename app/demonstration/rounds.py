"""Demonstration rounds: two finished, counted and refreshed from, one open, in one borough."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product
from random import Random
from uuid import UUID

from app.database import Database, WriteSession, database_now
from app.demonstration.answers import describe_residents
from app.demonstration.content import PARTNERS, PLACES, Promise, choose_promises, objective_of
from app.demonstration.priorities import BY_CONCERN
from app.dependencies import unit_of_work
from app.domain.identity import Caller, Role
from app.domain.refreshes import ConsultedParty, RefreshTrigger
from app.keyring import Keyring
from app.models.polls import Poll
from app.models.refreshes import Refresh
from app.operations.approvals import SecondPersonNeededError
from app.operations.atlas import WardEntry
from app.operations.ballots import BallotBox, cast_ballot
from app.operations.polls import change_poll, create_poll, create_round
from app.operations.priorities import find_active_set
from app.operations.refreshes import open_refresh, publish_refresh
from app.schemas.polls import OptionIn, PollIn, PollPatchIn, RoundIn
from app.schemas.priorities import ObjectiveIn
from app.schemas.refreshes import (
    ConsultationIn,
    DecidedPriorityIn,
    DroppedIn,
    PublicationIn,
)

DEMONSTRATION_BOROUGH = "E09000023"
"""Lewisham, whose indicative boundaries are among the best."""
OPTIONS = 8
TURNOUT = (34, 90)
CROWD = 170
"""So many more vote in one ward that its groups can be told and its result be weighted."""
RESIDENT_LEVEL = 2
OTHERS_FIRST = "Others stood higher (demonstration)."
ANSWERED = "The team looks into it and tells the next panel (demonstration)."
WITHOUT_PARTNERS = 3
"""In every third ward no partner was consulted, so that the plan's promise C08 is not kept."""
CONSULTED = (
    (ConsultedParty.PUBLIC, "Ward panel (demonstration)", 12),
    (ConsultedParty.PARTNER, "Borough council (demonstration)", 2),
)
SHARED = ((11, (0, 1)), (11, (0, 2)), (11, (2, 3, 4)), (11, (5,)))
"""How many voters tick what in the one poll whose opened list everybody may see."""
STANDING = ((2, (0,)), (18, (0, 1)), (14, (2,)), (12, (3,)))
"""The same in two rounds: 18 of 46 ask for one concern that is not chosen, twice in a row."""
TWICE = slice(1, 3)
"""The wards that were asked in the summer round too."""
LATEST = timedelta(seconds=90)
"""A finished round would close this long after it is made: on a slow machine too, time enough to
cast its ballots, which the database's clock judges like any others. Then two people close it."""
CLOSED_BECAUSE = "All who were to vote have voted (demonstration)."
LED_BY = {"poll": "of the ward poll", "other_inputs": "by the other inputs"}


class RoundBuilder:
    """Makes the rounds of the demonstration borough with the operations that real ones use."""

    def __init__(
        self, database: Database, keyring: Keyring, caller: Caller, random: Random
    ) -> None:
        self._database, self._keyring = database, keyring
        self._caller, self._random = caller, random
        self._second = replace(caller, subject=f"{caller.subject} (second person)")
        self._asked: dict[str, list[Promise]] = {}

    async def finish_rounds(self, wards: list[WardEntry], *, now: datetime, today: date) -> None:
        """Make two rounds, cast their ballots, close, count and publish them, and refresh."""
        closes_at = await self._read_clock() + LATEST
        summer = (now - timedelta(days=104), closes_at - timedelta(seconds=1))
        title = "Summer round (demonstration)"
        polls = await self._open_round(title, wards[TWICE], summer, now=now)
        for poll in polls:
            await self._cast_alike(poll, STANDING)
        await self._publish(polls)
        times = (now - timedelta(days=14), closes_at)
        polls = await self._open_round("Autumn round (demonstration)", wards, times, now=now)
        self._asked.clear()
        await self._cast_alike(polls[0], SHARED, again=4)
        for poll in polls[TWICE]:
            await self._cast_alike(poll, STANDING)
        await self._cast(polls[TWICE.stop : TWICE.stop + 1], crowd=CROWD)
        await self._cast(polls[TWICE.stop + 1 :])
        voters = [_resident(poll, n) for poll in polls for n in range(TURNOUT[1] + CROWD)]
        await describe_residents(self._database, self._keyring, voters, self._random, now=now)
        await self._publish(polls)
        refreshed = wards[: 2 * len(wards) // 3]
        now = await self._read_clock()
        await self.refresh(refreshed, RefreshTrigger.POLL, now=now, today=today)

    async def _read_clock(self) -> datetime:
        async with self._database.reading() as session:
            return await database_now(session)

    async def refresh(
        self, wards: list[WardEntry], trigger: RefreshTrigger, *, now: datetime, today: date
    ) -> None:
        """Open and publish a refresh of each of these wards."""
        for ward in wards:
            async with unit_of_work(self._database) as session:
                await self._refresh(session, ward, trigger, now=now, today=today)

    async def _publish(self, polls: list[Poll]) -> None:
        close = PollPatchIn(status="closed", reason=CLOSED_BECAUSE)
        steps = (
            (self._caller, close),
            (self._second, close),
            (self._caller, PollPatchIn(status="counted")),
            (self._caller, PollPatchIn(status="published")),
        )
        for poll, (signer, patch) in product(polls, steps):
            async with unit_of_work(self._database) as session:
                with suppress(SecondPersonNeededError):  # the first of two has asked
                    await change_poll(
                        session,
                        self._keyring,
                        signer,
                        poll_id=poll.id,
                        patch=patch,
                        expected=None,
                    )

    async def open_round(self, wards: list[WardEntry], *, now: datetime) -> None:
        """Make a round that takes ballots for three weeks, with some cast already."""
        times = (now - timedelta(days=7), now + timedelta(days=21))
        polls = await self._open_round("Winter round (demonstration)", wards, times, now=now)
        await self._cast(polls[: len(polls) // 2])

    async def _open_round(
        self,
        title: str,
        wards: list[WardEntry],
        times: tuple[datetime, datetime],
        *,
        now: datetime,
    ) -> list[Poll]:
        polls: list[Poll] = []
        async with unit_of_work(self._database) as session:
            round_ = await create_round(
                session,
                self._keyring,
                self._caller,
                round_=RoundIn(
                    title=title,
                    borough=wards[0].borough_code,
                    opens_at=times[0],
                    closes_at=times[1],
                    min_level=1,
                ),
                now=now,
            )
            for ward in wards:
                asked = self._question(round_.id, ward)
                poll = await create_poll(session, self._caller, poll=asked, now=now)
                for signer, patch in (
                    (self._caller, PollPatchIn(status="scheduled")),
                    (self._second, PollPatchIn(status="open")),
                ):
                    poll = await change_poll(
                        session,
                        self._keyring,
                        signer,
                        poll_id=poll.id,
                        patch=patch,
                        expected=None,
                        clock=now,
                    )
                polls.append(poll)
        return polls

    def _question(self, round_id: UUID, ward: WardEntry) -> PollIn:
        promises = self._asked.get(ward.code) or choose_promises(self._random, OPTIONS)
        self._asked[ward.code] = promises
        return PollIn(
            round=round_id,
            ward=ward.code,
            question=f"What should the team of {ward.name} work on next?",
            options=[OptionIn(concern=p.concern, text=p.title) for p in promises],
        )

    async def _cast(self, polls: list[Poll], *, crowd: int = 0) -> None:
        box = BallotBox(self._database, self._keyring)
        try:
            for poll in polls:
                options = [option.id for option in poll.options]
                leanings = [self._random.random() ** 2 for _ in options]
                ballots = [
                    cast_ballot(box, _resident(poll, number), poll.id, ticks)
                    for number in range(self._random.randrange(*TURNOUT) + crowd)
                    if (ticks := self._ticks(options, leanings))
                ]
                await asyncio.gather(*ballots)
        finally:
            await box.writer.stop()

    async def _cast_alike(
        self, poll: Poll, groups: tuple[tuple[int, tuple[int, ...]], ...], *, again: int = 0
    ) -> None:
        """Cast ballots of a few kinds; every so many voters vote `again`, with the same ballot."""
        options = [option.id for option in poll.options]
        ticks = [
            [options[place] for place in places] for number, places in groups for _ in range(number)
        ]
        box = BallotBox(self._database, self._keyring)
        try:
            for voters in (range(len(ticks)), range(0, len(ticks) if again else 0, again or 1)):
                cast = (cast_ballot(box, _resident(poll, n), poll.id, ticks[n]) for n in voters)
                await asyncio.gather(*cast)
        finally:
            await box.writer.stop()

    def _ticks(self, options: list[UUID], leanings: list[float]) -> list[UUID]:
        wanted = self._random.randrange(1, 5)
        drawn = self._random.choices(options, leanings, k=wanted)
        return list(dict.fromkeys(drawn))

    async def _refresh(
        self,
        session: WriteSession,
        ward: WardEntry,
        trigger: RefreshTrigger,
        *,
        now: datetime,
        today: date,
    ) -> None:
        outgoing = await find_active_set(session, ward.code)
        refresh = await open_refresh(
            session,
            self._caller,
            ward_code=ward.code,
            trigger=trigger,
            seats=3,
            now=now,
            today=today,
        )
        held = [priority.concern for priority in outgoing.priorities] if outgoing else []
        decision = self._decide(refresh, held, today)
        await publish_refresh(
            session, self._caller, refresh_id=refresh.id, decision=decision, now=now, today=today
        )

    def _decide(self, refresh: Refresh, held: list[str], today: date) -> PublicationIn:
        """Return the decision that follows the proposal, with a reason for every item."""
        candidates = refresh.proposal["candidates"]
        placed = {c["concern"]: c["rank"] for c in candidates if c["verdict"] == "in"}
        chosen = sorted(placed, key=lambda concern: int(placed[concern]))
        asked = [c["concern"] for c in candidates if c["must_be_answered"]]
        owed = [concern for concern in dict.fromkeys([*held, *asked]) if concern not in placed]
        return PublicationIn(
            based_on=refresh.version,
            priorities=[
                self._decided(rank, name, refresh.proposal["led_by"])
                for rank, name in enumerate(chosen, 1)
            ],
            dropped=[
                DroppedIn(concern=concern, reason=ANSWERED if concern in asked else OTHERS_FIRST)
                for concern in owed
            ],
            consulted=[
                ConsultationIn(
                    party=party, who=who, how="meeting", consulted_on=today, people=people
                )
                for party, who, people in CONSULTED
                if party is ConsultedParty.PUBLIC or not is_partnerless(refresh.ward_code)
            ],
        )

    def _decided(self, rank: int, concern: str, led_by: str) -> DecidedPriorityIn:
        promise, place = BY_CONCERN[concern], self._random.choice(PLACES)
        return DecidedPriorityIn(
            concern=concern,
            rank=rank,
            title=promise.title,
            objective=ObjectiveIn(**objective_of(promise, place)),
            place=place,
            partners=[self._random.choice(PARTNERS)],
            reason=f"Place {rank} {LED_BY[led_by]} (demonstration).",
        )


def is_partnerless(ward_code: str) -> bool:
    """Whether the demonstration consulted no partner of this ward."""
    return int(ward_code[-3:]) % WITHOUT_PARTNERS == 2


def _resident(poll: Poll, number: int) -> Caller:
    return Caller(
        f"demonstration resident {number} of {poll.ward_code}",
        Role.RESIDENT,
        wards=frozenset({poll.ward_code}),
        level=RESIDENT_LEVEL,
    )
