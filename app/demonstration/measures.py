"""Two years of made-up survey measures by quarter: plausible in shape, marked as fictional."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from app.database import ReadSession
from app.demonstration.scene import Scene
from app.domain.measures import EVERYBODY, hidden_figures
from app.models.measures import MeasureValue
from app.models.sources import SourceCopy
from app.operations.atlas import WardEntry
from app.operations.crime_store import FICTIONAL, Copied, keep_copy

PLACE = "demonstration:measures"
COPIED = Copied(FICTIONAL, PLACE, hashlib.sha256(PLACE.encode()).hexdigest(), 0, "fictional")
QUARTERS, MONTHS_A_QUARTER, YEAR_MONTHS = 8, 3, 12
BOROUGH_BASE, WARD_BASE = (380, 460), (14, 75)
LEVELS = {
    "good-job-locally": 0.47,
    "trust-the-met": 0.68,
    "victims-satisfied": 0.63,
    "treated-fairly": 0.58,
    "stop-and-search-fair": 0.52,
}
BY_WARD = ("good-job-locally", "trust-the-met")
GROUPS = {
    "women": (0.51, -0.01),
    "men": (0.49, 0.01),
    "asian": (0.2, 0.03),
    "black": (0.13, -0.12),
    "mixed": (0.06, -0.09),
    "other-ethnic": (0.06, 0.0),
    "white": (0.55, 0.02),
    "ethnic-minority": (0.45, -0.03),
    "lgbt": (0.06, -0.1),
    "not-lgbt": (0.94, 0.01),
}
"""By group, its part of those who answer, and how far it lies from everybody."""

Rows = Iterator[tuple[str, str, int, float]]
"""Area, group, base, share."""


async def has_real_measures(session: ReadSession) -> bool:
    """Whether values are stored that nobody made up; then none are."""
    fictional = select(SourceCopy.id).where(SourceCopy.source == FICTIONAL)
    real = select(MeasureValue.base).where(MeasureValue.copy_id.not_in(fictional)).limit(1)
    return (await session.execute(real)).first() is not None


async def survey_borough(scene: Scene, wards: Sequence[WardEntry], seed: str) -> None:
    """Make up two years of quarterly figures for a borough, its groups and its wards."""
    dice = Random(seed)
    copy_id = await keep_copy(scene.session, COPIED, scene.now)
    borough, codes = wards[0].borough_code, [ward.code for ward in wards]
    lean = {area: dice.gauss(0, 0.04) for area in (borough, *codes)}
    rows: list[dict[str, Any]] = []
    for measure, usual in LEVELS.items():
        for quarter, period_on in enumerate(_quarters(scene.today)):
            level = usual + 0.003 * quarter + dice.gauss(0, 0.008)
            made = [*_borough(dice, borough, level + lean[borough])]
            if measure in BY_WARD:
                made += [row for code in codes for row in _ward(dice, code, level + lean[code])]
            rows += _stored(measure, period_on, made, (borough, codes, copy_id))
    connection = await scene.session.connection()
    await connection.execute(insert(MeasureValue), rows)


def _quarters(today: date) -> list[date]:
    """Return the first days of the last eight whole quarters."""
    this = today.year * YEAR_MONTHS + (today.month - 1) // MONTHS_A_QUARTER * MONTHS_A_QUARTER
    months = [this - MONTHS_A_QUARTER * back for back in range(QUARTERS, 0, -1)]
    return [date(month // YEAR_MONTHS, month % YEAR_MONTHS + 1, 1) for month in months]


def _borough(dice: Random, code: str, level: float) -> Rows:
    base = dice.randrange(*BOROUGH_BASE)
    yield code, EVERYBODY, base, _share(dice, level, base)
    for group, (part, off) in GROUPS.items():
        people = max(round(base * part), 1)
        yield code, group, people, _share(dice, level + off, people)


def _ward(dice: Random, code: str, level: float) -> Rows:
    base = dice.randrange(*WARD_BASE)
    yield code, EVERYBODY, base, _share(dice, level, base)


def _share(dice: Random, level: float, base: int) -> float:
    """Return a share as a sample of this size would find it."""
    drawn = dice.gauss(level, (level * (1 - level) / base) ** 0.5)
    return round(min(max(drawn, 0.02), 0.98), 3)


def _stored(
    measure: str,
    period_on: date,
    made: Sequence[tuple[str, str, int, float]],
    where: tuple[str, Sequence[str], UUID],
) -> Iterator[dict[str, Any]]:
    borough, codes, copy_id = where
    bases = {(area, group): base for area, group, base, _ in made}
    hidden = hidden_figures(bases, dict.fromkeys(codes, borough))
    for area, group, base, share in made:
        yield {
            "measure_code": measure,
            "area_code": area,
            "period_on": period_on,
            "group_code": group,
            "proportion": share,
            "base": base,
            "hidden": (area, group) in hidden,
            "copy_id": copy_id,
        }
