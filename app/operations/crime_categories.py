"""The kinds of crime of each source, and which concerns they bear on."""

from dataclasses import dataclass

from sqlalchemy import select

from app.database import ReadSession
from app.domain.crime import WHOLE, CrimeSource
from app.models.crime import ConcernCrime, ConcernCrimeGap, CrimeCategory
from app.models.priorities import Concern


@dataclass(frozen=True, slots=True)
class SourceOnConcern:
    """What one source counts about a concern, and what it does not say."""

    source: str
    kinds: list[tuple[str, str]]
    gap: str | None


@dataclass(frozen=True, slots=True)
class ConcernOnCrime:
    """A concern with what each source says about it."""

    concern: Concern
    sources: list[SourceOnConcern]

    @property
    def trend_from(self) -> str | None:
        """The first source, in order of belief, with a kind that bears on the concern."""
        return next((found.source for found in self.sources if found.kinds), None)


async def list_categories(session: ReadSession) -> list[tuple[CrimeCategory, list[CrimeCategory]]]:
    """Return every whole category with its parts, by source."""
    order = (CrimeCategory.source, CrimeCategory.category, CrimeCategory.subcategory)
    rows = list(await session.scalars(select(CrimeCategory).order_by(*order)))
    parts: dict[tuple[str, str], list[CrimeCategory]] = {}
    for row in rows:
        if row.subcategory != WHOLE:
            parts.setdefault((row.source, row.category), []).append(row)
    return [
        (row, parts.get((row.source, row.category), [])) for row in rows if row.subcategory == WHOLE
    ]


async def list_concerns(session: ReadSession) -> list[ConcernOnCrime]:
    """Return every concern with the kinds of crime that bear on it, and the gaps."""
    kinds: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for row in await session.scalars(select(ConcernCrime)):
        kinds.setdefault((row.concern, row.source), []).append((row.category, row.subcategory))
    gaps = {
        (row.concern, row.source): row.gap for row in await session.scalars(select(ConcernCrimeGap))
    }
    concerns = await session.scalars(select(Concern).order_by(Concern.position))
    return [
        ConcernOnCrime(
            concern,
            [
                SourceOnConcern(
                    source.value,
                    sorted(kinds.get((concern.slug, source), [])),
                    gaps.get((concern.slug, source)),
                )
                for source in CrimeSource
            ],
        )
        for concern in concerns
    ]
