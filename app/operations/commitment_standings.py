"""How every line stands now: reckoned from the facts, and kept in the process until a write.

Cards never wait for the nightly run: they are reckoned when they are asked for. What is reckoned
for all of London is kept for as long as nothing was written (the revision) and the day lasts, so
that many readers cost one reckoning; one borough or ward is reckoned by itself when there is none.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from app.database import ReadSession, WriteSession
from app.domain.commitment_checks import check_all
from app.domain.commitment_facts import CrimeYear
from app.domain.commitments import Key, Scope, Standing, Verdict, date_verdict
from app.models.sources import SourceCopy
from app.operations.commitment_facts import Chosen, gather_facts
from app.operations.commitment_figures import read_crime
from app.operations.commitment_rows import list_standings
from app.sources.register import read_register

Session = ReadSession | WriteSession
Standings = Mapping[Key, Standing]
CRIME_KEPT = timedelta(minutes=10)
Moment = tuple[int, date]
"""A revision and a day: the same facts, read the same way."""


@dataclass(frozen=True, slots=True)
class Asking:
    """When somebody asks, and what this process knows of writes by then."""

    revision: int
    now: datetime
    today: date

    @property
    def moment(self) -> Moment:
        """What an answer of this asking holds for."""
        return self.revision, self.today


@dataclass(frozen=True, slots=True)
class _Crime:
    state: object
    until: datetime
    year: CrimeYear | None


class StandingBook:
    """The standings of one process."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._moment: Moment | None = None
        self._standings: Standings = {}
        self._crime: _Crime | None = None

    async def everywhere(self, session: Session, asking: Asking) -> Standings:
        """Return how every line stands now in every area of the Met's London.

        Who waits for another's reckoning holds no connection meanwhile.
        """
        async with self._lock:
            if self._moment != asking.moment or not asking.revision:
                self._standings = await self._reckon(session, Chosen(), tuple(Scope), asking)
                self._moment = asking.moment
            return self._standings

    async def within(self, session: Session, chosen: Chosen, asking: Asking) -> Standings:
        """Return how the lines of one borough and its wards, or of one ward, stand now."""
        if self._moment == asking.moment and asking.revision:
            return self._standings
        scopes = (Scope.WARD,) if chosen.ward is not None else (Scope.WARD, Scope.BOROUGH)
        return await self._reckon(session, chosen, scopes, asking)

    async def _reckon(
        self, session: Session, chosen: Chosen, scopes: tuple[Scope, ...], asking: Asking
    ) -> Standings:
        crime = await self._read_crime(session, asking.now)
        facts = await gather_facts(session, chosen, crime, now=asking.now, today=asking.today)
        verdicts: dict[Key, Verdict] = await asyncio.to_thread(
            check_all, read_register(), facts, scopes
        )
        undated = any(verdict.since is None for verdict in verdicts.values())
        areas = None if chosen == Chosen() else {key.area for key in verdicts}
        before = await list_standings(session, areas=areas, observed=True) if undated else {}
        return {
            key: date_verdict(verdict, before.get(key), today=asking.today)
            for key, verdict in verdicts.items()
        }

    async def _read_crime(self, session: Session, now: datetime) -> CrimeYear | None:
        """Return the year of recorded crime, read again after each import and every ten minutes.

        An import may go on in pieces after its copy was noted, hence the ten minutes.
        """
        copies = select(func.count(SourceCopy.id), func.max(SourceCopy.checked_at))
        state = tuple((await session.execute(copies)).one())
        if self._crime is None or self._crime.state != state or self._crime.until <= now:
            self._crime = _Crime(state, now + CRIME_KEPT, await read_crime(session))
        return self._crime.year
