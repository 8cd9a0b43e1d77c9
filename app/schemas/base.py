"""The bases of all that crosses the wire: inputs forbid extra fields, outputs promise each one."""

from datetime import datetime
from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, StringConstraints
from pydantic.functional_serializers import PlainSerializer

T = TypeVar("T")

Text = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
    ),
]
"""Plain text without control characters, never empty; bound it with `max_length` where used."""

Instant = Annotated[
    datetime,
    PlainSerializer(lambda at: at.isoformat().replace("+00:00", "Z"), return_type=str),
]
"""A UTC instant, written with a trailing Z."""

FIRST_YEAR, LAST_YEAR = 1900, 2200


def _within_reach(at: datetime) -> datetime:
    """Refuse instants so far off that turning them to UTC would leave the calendar."""
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise ValueError(f"The year must lie within {FIRST_YEAR} to {LAST_YEAR}.")
    return at


InstantIn = Annotated[AwareDatetime, AfterValidator(_within_reach)]
"""An instant with an offset, as a client sends it."""


class In(BaseModel):
    """The base of request bodies: a field nobody knows is refused."""

    model_config = ConfigDict(extra="forbid", str_max_length=5000)


class Out(BaseModel):
    """The base of answers: every field is always there, `null` when there is nothing to say."""

    model_config = ConfigDict(
        from_attributes=True, json_schema_serialization_defaults_required=True
    )


class PageOut(Out, Generic[T]):
    """One page of a list, and the address of the next."""

    items: list[T]
    next: str | None
