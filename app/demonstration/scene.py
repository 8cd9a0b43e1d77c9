"""What every act of the demonstration needs: where it writes, as whom, by which dice, and when."""

from dataclasses import dataclass
from datetime import date, datetime
from random import Random

from app.database import WriteSession
from app.domain.identity import Caller


@dataclass(frozen=True, slots=True)
class Scene:
    """One transaction of the demonstration."""

    session: WriteSession
    caller: Caller
    random: Random
    now: datetime
    today: date
