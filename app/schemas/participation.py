"""Who took part in a round, as it crosses the wire: rounded counts, small ones hidden."""

from uuid import UUID

from pydantic import Field

from app.schemas.base import Instant, Out

HIDDEN = "Rounded to 5; null where hidden, because it is small or would tell another one."


class LevelCountOut(Out):
    """Ballots of one assurance level."""

    level: int
    ballots: int | None = Field(description=HIDDEN)


class AreaParticipationOut(Out):
    """The ballots of a ward, or of a borough's wards together."""

    code: str
    borough: str
    ballots: int | None = Field(description=HIDDEN)
    by_level: list[LevelCountOut]


class ProofOut(Out):
    """What the gate found before it let the table out."""

    rule: str
    hidden: int = Field(description="Figures that are not told.")
    narrowest: int = Field(
        description="The fewest values that anything hidden can have, given all that was published;"
        " at most 50."
    )
    required: int = Field(description="What `narrowest` must not fall below.")


class ParticipationOut(Out):
    """The one table of who took part in a round; it never changes once it is published."""

    round: UUID
    levels: list[int]
    rounded_to: int
    fewer_than: int = Field(description="Smaller counts, zero included, are always hidden.")
    wards: list[AreaParticipationOut]
    boroughs: list[AreaParticipationOut]
    proof: ProofOut
    published_at: Instant
