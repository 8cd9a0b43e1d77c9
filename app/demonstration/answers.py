"""What the demonstration's fictional residents say of themselves, so that who took part shows."""

from collections.abc import Sequence
from datetime import datetime
from random import Random

from app.database import Database
from app.dependencies import unit_of_work
from app.domain.identity import Caller
from app.domain.representation import CATEGORIES, PREFER_NOT, Dimension
from app.keyring import Keyring
from app.operations.demographics import give_answers

WILLING = 0.85
UNWILLING = 0.06
"""How many say anything at all, and how many of these prefer not to say one thing."""

LEANINGS = {
    Dimension.AGE: (8, 34, 34, 24),
    Dimension.SEX: (57, 43),
    Dimension.ETHNICITY: (14, 12, 9, 8, 57),
    Dimension.DISABILITY: (18, 82),
}
"""By dimension, about how many in a hundred give each answer: older than those who live there."""


async def describe_residents(
    database: Database,
    keyring: Keyring,
    residents: Sequence[Caller],
    random: Random,
    *,
    now: datetime,
) -> None:
    """Let most of these residents say something of themselves, in one transaction."""
    async with unit_of_work(database) as session:
        for resident in residents:
            if random.random() < WILLING:
                answers = {d: _answer(d, random) for d in Dimension}
                await give_answers(session, resident, keyring, answers, now=now)


def _answer(dimension: Dimension, random: Random) -> str:
    if random.random() < UNWILLING:
        return PREFER_NOT
    return random.choices(CATEGORIES[dimension], LEANINGS[dimension])[0]
