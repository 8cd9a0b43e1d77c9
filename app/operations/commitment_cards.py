"""Cards of wards, boroughs and London, and the matrix of boroughs against promises."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta

from sqlalchemy import select

from app.database import ReadSession, WriteSession
from app.domain.commitment_checks import is_static
from app.domain.commitments import LONDON_CODE, Commitment, Line, Scope, Status
from app.domain.disputes import DisputeCounts, DisputeTarget, TargetKind
from app.domain.wards import PoliceForce
from app.models.wards import Borough
from app.operations.commitment_facts import Chosen
from app.operations.commitment_standings import Asking, StandingBook, Standings
from app.operations.commitments import Looked, find_standing, lines_for, look, show_standing
from app.operations.coverage import find_ward_lives, get_ward_life
from app.operations.disputes_queries import dispute_counts
from app.operations.wards import get_borough
from app.schemas.commitments import (
    AreaOut,
    BrokenAreasOut,
    CardLineOut,
    CardOut,
    CellOut,
    ColumnOut,
    LastRunOut,
    MatrixOut,
    MatrixRowOut,
)
from app.schemas.dispute_counts import DisputeCountsOut

Session = ReadSession | WriteSession
LONDON = AreaOut(code=LONDON_CODE, name="London, as the Met polices it", scope=Scope.LONDON.value)
DAY = timedelta(days=1)
Broken = Mapping[tuple[str, str], Mapping[Scope, Collection[str]]]
"""By commitment and reading, the areas of each kind where it is broken."""


Disputes = Mapping[str, DisputeCounts]
"""How many dispute a commitment's status in one area, by its code."""


@dataclass(frozen=True, slots=True)
class _Beside:
    """What a card shows beside its lines: where below it they are broken, and who disputes them.

    `scope` and `names` are of the areas below that it names; a ward's card has none.
    """

    broken: Broken
    disputes: Disputes
    scope: Scope | None = None
    names: Mapping[str, str] = field(default_factory=dict)


async def ward_card(
    session: Session, book: StandingBook, code: str, asking: Asking, *, as_of: date | None
) -> CardOut:
    """Return every promise to a ward; `NotFoundError` for a code no edition ever had."""
    life = await get_ward_life(session, code)
    area = AreaOut(code=life.code, name=life.name, scope=Scope.WARD.value)
    looked = await look(session, book, Chosen(life.borough_code, code), asking, as_of=as_of)
    reason = life.why_unmeasured(looked.as_of, looked.as_of + DAY)
    disputes = await _count_disputes(session, area, asking)
    return _card(looked, area, _Beside({}, disputes), reason=reason)


async def borough_card(
    session: Session, book: StandingBook, code: str, asking: Asking, *, as_of: date | None
) -> CardOut:
    """Return every promise to a borough and its wards, with the wards where it is broken."""
    borough = await get_borough(session, code)
    area = AreaOut(code=borough.code, name=borough.name, scope=Scope.BOROUGH.value)
    reason = None
    if borough.police_force != PoliceForce.METROPOLITAN:
        reason = f"{borough.name} is policed by its own force, which made no such promises."
    looked = await look(session, book, Chosen(code), asking, as_of=as_of)
    lives = await find_ward_lives(session, borough_code=code)
    wards = {life.code: life.name for life in lives.values() if life.exists_on(looked.as_of)}
    below = _Beside(
        find_broken(looked.standings, wards, ()),
        await _count_disputes(session, area, asking),
        Scope.WARD,
        wards,
    )
    return _card(looked, area, below, reason=reason)


async def london_card(
    session: Session, book: StandingBook, asking: Asking, *, as_of: date | None
) -> CardOut:
    """Return every promise to London, with the boroughs where it is broken."""
    looked = await look(session, book, Chosen(), asking, as_of=as_of)
    boroughs = await met_boroughs(session)
    broken = find_broken(looked.standings, None, boroughs)
    disputes = await _count_disputes(session, LONDON, asking)
    return _card(looked, LONDON, _Beside(broken, disputes, Scope.BOROUGH, boroughs), reason=None)


async def _count_disputes(session: Session, area: AreaOut, asking: Asking) -> Disputes:
    """Return how many dispute each commitment's status in an area, by its code."""
    targets = {
        DisputeTarget(TargetKind.COMMITMENT_STATUS, commitment.code, area.code)
        for commitment, _ in lines_for(Scope(area.scope))
    }
    found = await dispute_counts(session, targets, now=asking.now)
    return {target.id: counts for target, counts in found.items()}


async def met_boroughs(session: Session) -> dict[str, str]:
    """Return the names of the Met's boroughs by code, in order of their names."""
    statement = select(Borough.code, Borough.name).where(
        Borough.police_force == PoliceForce.METROPOLITAN
    )
    return {row.code: row.name for row in await session.execute(statement.order_by(Borough.name))}


def find_broken(
    standings: Standings, wards: Collection[str] | None, boroughs: Collection[str]
) -> Broken:
    """Return where each line is broken, among these wards (`None`: all) and boroughs."""
    found: dict[tuple[str, str], dict[Scope, list[str]]] = defaultdict(lambda: defaultdict(list))
    for key, standing in standings.items():
        if standing.status is not Status.BREACHED:
            continue
        of_ward = key.scope is Scope.WARD and (wards is None or key.area in wards)
        of_borough = key.scope is Scope.BOROUGH and key.area in boroughs
        if of_ward or of_borough:
            found[key.commitment, key.reading][key.scope].append(key.area)
    return found


def _card(looked: Looked, area: AreaOut, beside: _Beside, *, reason: str | None) -> CardOut:
    lines = [] if reason is not None else list(lines_for(Scope(area.scope)))
    shown = [_line(looked, promised, area, beside) for promised in lines]
    return CardOut(
        area=area,
        as_of=looked.as_of,
        checked=looked.checked,
        note=looked.note,
        last_run=None if looked.run is None else LastRunOut.model_validate(looked.run),
        reason=reason,
        counts=dict(sorted(Counter(one.status for one in shown).items())),
        lines=shown,
    )


def _line(
    looked: Looked, promised: tuple[Commitment, Line], area: AreaOut, beside: _Beside
) -> CardLineOut:
    commitment, line = promised
    scope = Scope(area.scope)
    standing = find_standing(looked.standings, commitment, line, scope=scope, area=area.code)
    counts = beside.disputes.get(commitment.code)
    return CardLineOut(
        commitment=commitment.code,
        title=commitment.title,
        programme=commitment.programme,
        pillar=commitment.pillar,
        owner=commitment.owner,
        reading=line.reading,
        reading_text=line.text,
        assumed=line.assumed,
        scope=line.scopes[0].value,
        due_on=line.due_on,
        breached=_broken_below(commitment, line, area, beside),
        disputes=None if counts is None else DisputeCountsOut(**asdict(counts)),
        **show_standing(standing),
    )


def _broken_below(
    commitment: Commitment, line: Line, area: AreaOut, beside: _Beside
) -> BrokenAreasOut | None:
    if beside.scope is None or is_static(line) or line.scopes[0].value == area.scope:
        return None
    broken = beside.broken.get((commitment.code, line.reading), {})
    return BrokenAreasOut(
        wards=len(broken.get(Scope.WARD, ())),
        boroughs=len(broken.get(Scope.BOROUGH, ())),
        areas=_named(broken.get(beside.scope, ()), beside),
    )


def _named(codes: Iterable[str], beside: _Beside) -> list[AreaOut]:
    names, scope = beside.names, str(beside.scope)
    areas = [AreaOut(code=code, name=names.get(code, code), scope=scope) for code in codes]
    return sorted(areas, key=lambda area: (area.name, area.code))


async def matrix(
    session: Session, book: StandingBook, asking: Asking, *, as_of: date | None
) -> MatrixOut:
    """Return how each line that says something of boroughs stands in each of the Met's.

    Lines that nothing measures have their columns too: that nobody can tell is a finding.
    """
    looked = await look(session, book, Chosen(), asking, as_of=as_of)
    lines = list(lines_for(Scope.BOROUGH))
    return MatrixOut(
        as_of=looked.as_of,
        checked=looked.checked,
        note=looked.note,
        columns=[
            ColumnOut(commitment=c.code, reading=line.reading, title=c.title, reason=line.reason)
            for c, line in lines
        ],
        rows=show_rows(looked.standings, await met_boroughs(session), lines),
    )


def show_rows(
    standings: Standings,
    boroughs: Mapping[str, str],
    lines: Iterable[tuple[Commitment, Line]],
) -> list[MatrixRowOut]:
    """Return how some lines stand in each borough."""
    wanted = list(lines)
    rows = []
    for code, name in boroughs.items():
        cells = []
        for commitment, line in wanted:
            told = show_standing(
                find_standing(standings, commitment, line, scope=Scope.BOROUGH, area=code)
            )
            names = ("status", "since", "value", "target")
            cell = {field: told[field] for field in names}
            cells.append(CellOut(commitment=commitment.code, reading=line.reading, **cell))
        area = AreaOut(code=code, name=name, scope=Scope.BOROUGH.value)
        rows.append(MatrixRowOut(borough=area, cells=cells))
    return rows
