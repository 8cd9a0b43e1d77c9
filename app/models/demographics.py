"""What residents chose to say of themselves: a pseudonym and a sealed answer, and nothing else.

The pseudonym is a keyed hash under a key that is used for nothing else, so that without the key
store no row here can be joined with a resident, a slot or a ballot. Sealed answers have one length.
"""

from sqlalchemy import LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class DemographicAnswer(Base):
    """One resident's sealed answers; the year in which they are forgotten is the only time."""

    __tablename__ = "demographic_answer"

    pseudonym: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    kept_until: Mapped[int] = mapped_column(SmallInteger, index=True)
