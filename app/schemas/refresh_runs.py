"""Runs of refreshes as they cross the wire: which wards' proposals are to be opened."""

from typing import Annotated

from pydantic import Field

from app.domain.priorities import MAX_PRIORITIES
from app.domain.refreshes import RefreshTrigger
from app.schemas.base import In
from app.schemas.wards import BoroughCodeIn


class RefreshRunIn(In):
    """For which wards a proposal is to be opened, and why."""

    borough_code: BoroughCodeIn | None = Field(
        default=None,
        description="GSS code of the borough; all of London, which takes an admin, when left out.",
        examples=["E09000023"],
    )
    only_due: bool | None = Field(
        default=None,
        description="Only wards without priorities or with a review that is due. When left out: "
        "false where a borough is named, else true.",
        examples=[None],
    )
    trigger: RefreshTrigger = Field(default=RefreshTrigger.SCHEDULED, examples=["scheduled"])
    seats: Annotated[int, Field(ge=1, le=MAX_PRIORITIES)] = Field(
        default=3, description="How many priorities to propose for each ward.", examples=[3]
    )
