"""How many disputes there are of one thing, shown beside it."""

from pydantic import Field

from app.schemas.base import Out


class DisputeCountsOut(Out):
    """How many disputes there are; upheld ones leave the disputed words as they were."""

    open: int = Field(description="Waiting for the first answer, the overdue ones too.")
    answered: int = Field(description="Answered and not decided.")
    upheld: int
    rejected: int
    overdue: int = Field(description="Open, and more than 72 hours old.")
