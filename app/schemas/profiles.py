"""A ward with whatever its page shows beside it: team, priorities, polls, events."""

from pydantic import Field

from app.schemas.events import EventOut
from app.schemas.polls import PollOut
from app.schemas.priorities import PrioritySetOut
from app.schemas.teams import TeamOut
from app.schemas.wards import WardDetailOut


class WardProfileOut(WardDetailOut):
    """One ward, and the parts that `include` asked for; the others are null."""

    team: TeamOut | None
    priorities: PrioritySetOut | None = Field(
        description="The active set; null also where the ward has none."
    )
    polls: list[PollOut] | None = Field(description="Polls that residents can vote in now.")
    events: list[EventOut] | None = Field(description="The next events, soonest first.")
