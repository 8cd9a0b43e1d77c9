"""Two years of made-up crime counts and residents: plausible in shape, marked as fictional."""

import hashlib
import math
from collections.abc import Sequence
from datetime import date
from itertools import product
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from sqlalchemy import insert, select

from app.database import ReadSession
from app.demonstration.scene import Scene
from app.domain.crime import CrimeSource
from app.domain.evidence import YEAR_MONTHS, month_text
from app.models.crime import CrimeCount
from app.models.population import PopulationCount
from app.models.sources import SourceCopy
from app.operations.atlas import WardEntry
from app.operations.crime_store import FICTIONAL, Copied, keep_copy

PLACE = "demonstration:crime"
COPIED = Copied(FICTIONAL, PLACE, hashlib.sha256(PLACE.encode()).hexdigest(), 0, "fictional")
MONTHS = 2 * YEAR_MONTHS
CENSUS_ON = date(2021, 3, 21)
MIDSUMMER = 6
DRIFT = 0.25
"""The rate of a kind in a ward moves by up to about this share in a year."""


class Shape(NamedTuple):
    """How a kind behaves: a middling ward's count a month, its swing with the season, its draw.

    The swing is positive for what happens in summer; the draw says how far it follows crowds.
    """

    source: CrimeSource
    category: str
    subcategory: str
    level: float
    swing: float
    draw: float


MPS, POLICE_UK = CrimeSource.MPS, CrimeSource.POLICE_UK
SHAPES = (
    Shape(MPS, "arson-and-criminal-damage", "criminal-damage", 6, 0.1, 0.3),
    Shape(MPS, "burglary", "res-burglary-of-a-home", 3.5, -0.25, 0),
    Shape(MPS, "drug-offences", "possession-of-drugs", 4, 0.05, 0.6),
    Shape(MPS, "fraud-and-forgery", "fraud-and-forgery", 0.02, 0, 0),
    Shape(MPS, "miscellaneous-crimes-against-society", "misc-crimes-against-society", 1.5, 0, 0.3),
    Shape(MPS, "nfib-fraud", "nfib", 0.01, 0, 0),
    Shape(MPS, "possession-of-weapons", "possession-of-weapons", 0.7, 0.1, 0.6),
    Shape(MPS, "public-order-offences", "race-or-religious-agg-public-fear", 1.6, 0.15, 0.7),
    Shape(MPS, "robbery", "robbery-of-personal-property", 3, 0.1, 0.8),
    Shape(MPS, "sexual-offences", "other-sexual-offences", 3, 0.1, 0.4),
    Shape(MPS, "theft", "bicycle-theft", 2, 0.35, 0.6),
    Shape(MPS, "theft", "shoplifting", 9, -0.05, 1),
    Shape(MPS, "theft", "theft-from-the-person", 5, 0.1, 1.4),
    Shape(MPS, "vehicle-offences", "theft-from-a-vehicle", 8, -0.05, 0.1),
    Shape(MPS, "violence-against-the-person", "violence-with-injury", 16, 0.15, 0.4),
    Shape(POLICE_UK, "anti-social-behaviour", "", 24, 0.3, 0.5),
)
CROWDS = {"E05013808": 18.0, "E05013806": 10.0}
"""Wards where far more people come than live, so that the warning about residents shows."""

HIGH_STREET = 3.0
RESIDENTS = {
    "age": {"0-4": 6, "5-15": 13, "16-64": 69, "65-84": 10, "85-and-over": 2},
    "ethnicity": {"asian": 20, "black": 14, "mixed": 6, "white": 53, "other": 7},
    "disability": {"disabled": 14, "not-disabled": 86},
    "country_of_birth": {"outside-uk": 40, "uk": 60},
    "sex": {"female": 51, "male": 49},
}
"""By dimension, about how many in a hundred belong to each category."""


async def has_real_figures(session: ReadSession) -> bool:
    """Whether counts or residents are stored that nobody made up; then none are."""
    fictional = select(SourceCopy.id).where(SourceCopy.source == FICTIONAL)
    for table in (CrimeCount, PopulationCount):
        real = select(table.count).where(table.copy_id.not_in(fictional)).limit(1)
        if (await session.execute(real)).first() is not None:
            return True
    return False


async def count_crime(scene: Scene, wards: Sequence[WardEntry], seed: str) -> None:
    """Make up two years of counts and a census for the wards of a borough."""
    dice = np.random.default_rng(int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8]))
    copy_id = await keep_copy(scene.session, COPIED, scene.now)
    connection = await scene.session.connection()
    codes = [ward.code for ward in wards]
    counts = _counts(dice, codes, scene.today)
    await connection.execute(insert(CrimeCount), _count_rows(codes, counts, scene.today, copy_id))
    people = _residents(dice, codes, wards[0].borough_code)
    await connection.execute(
        insert(PopulationCount),
        [
            {
                "area_code": area,
                "census_on": CENSUS_ON,
                "dimension": dimension,
                "category": category,
                "count": count,
                "copy_id": copy_id,
            }
            for (area, dimension, category), count in people.items()
        ],
    )


def _first_month(today: date) -> int:
    """Return the number of the first of the months that ended with the last whole one."""
    return today.year * YEAR_MONTHS + today.month - 1 - MONTHS


def _counts(dice: Generator, codes: Sequence[str], today: date) -> NDArray[Any]:
    """Return made-up counts by ward, month and shape."""
    wards, shapes = len(codes), len(SHAPES)
    months = _first_month(today) + np.arange(MONTHS)
    level = np.array([shape.level for shape in SHAPES])
    swing = np.array([shape.swing for shape in SHAPES])
    draw = np.array([shape.draw for shape in SHAPES])
    crowd = np.array([CROWDS.get(code, 1.0) for code in codes])
    crowd[dice.integers(wards)] *= HIGH_STREET
    size = dice.lognormal(0, 0.3, wards)[:, None] * dice.lognormal(0, 0.2, (wards, shapes))
    drift = dice.normal(0, DRIFT / 2, (wards, shapes))
    season = np.cos((months % YEAR_MONTHS - MIDSUMMER) * 2 * math.pi / YEAR_MONTHS)
    years = np.arange(MONTHS) / YEAR_MONTHS - 1
    mean = level * size[:, None, :] * (crowd[:, None] ** draw)[:, None, :]
    mean = mean * (1 + swing * season[:, None]) * np.exp(drift[:, None, :] * years[:, None])
    counts: NDArray[Any] = dice.poisson(mean)
    return counts


def _count_rows(
    codes: Sequence[str], counts: NDArray[Any], today: date, copy_id: UUID
) -> list[dict[str, Any]]:
    first = _first_month(today)
    months = [month_text(first + place) for place in range(MONTHS)]
    return [
        {
            "source": shape.source.value,
            "ward_code": code,
            "month": month,
            "category": shape.category,
            "subcategory": shape.subcategory,
            "count": count,
            "copy_id": copy_id,
        }
        for (code, month, shape), count in zip(
            product(codes, months, SHAPES), counts.ravel().tolist(), strict=True
        )
    ]


def _residents(
    dice: Generator, codes: Sequence[str], borough_code: str
) -> dict[tuple[str, str, str], int]:
    """Return made-up residents by area, dimension and category; the borough is its wards' sum."""
    found: dict[tuple[str, str, str], int] = {}

    def add(code: str, dimension: str, category: str, count: int) -> None:
        found[code, dimension, category] = count
        whole = borough_code, dimension, category
        found[whole] = found.get(whole, 0) + count

    for code in codes:
        people = int(dice.integers(9_000, 17_000))
        add(code, "all", "all", people)
        for dimension, shares in RESIDENTS.items():
            likely = dice.dirichlet([40 * share for share in shares.values()])
            for category, count in zip(shares, dice.multinomial(people, likely), strict=True):
                add(code, dimension, category, int(count))
    return found
