"""The feed of changes as it crosses the wire."""

from pydantic import Field

from app.schemas.base import Instant, Out


class ChangeOut(Out):
    """One change to something public."""

    position: int = Field(description="Place in the audit chain; rises, with gaps.")
    at: Instant
    noun: str = Field(description="What kind of thing changed.", examples=["event"])
    id: str = Field(description="Which thing.")
    action: str = Field(examples=["publish_event"])
    borough_code: str | None
    ward_code: str | None
    datasets: list[str] = Field(description="Datasets in which it may be found.")


class ChangesOut(Out):
    """Changes in the order in which they were made."""

    items: list[ChangeOut] = Field(
        description="May be fewer than `limit`, or none, though `more` is true: what is not public "
        "is passed over."
    )
    cursor: str = Field(description="Read on from here, at once or later; never null.")
    more: bool = Field(description="Whether more is there already.")
