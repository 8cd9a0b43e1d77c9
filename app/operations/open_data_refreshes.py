"""Datasets of how priorities were decided: published refreshes and their reasons."""

from sqlalchemy import select

from app.domain.open_data import Reference
from app.domain.refreshes import RefreshStatus
from app.models.refreshes import Refresh, RefreshItem
from app.operations.open_data import (
    BOROUGH,
    WARD,
    borough_reference,
    column,
    dataset,
    origin,
    ward_reference,
)
from app.operations.open_data_priorities import CONCERN

_published = Refresh.status == RefreshStatus.PUBLISHED

REFRESHES = dataset(
    "refreshes",
    "Refreshes",
    "How one priority set became the next; only published ones. Each one's proposal is at its own "
    "address, `/v1/refreshes/{refresh_id}`.",
    (
        column("id", "string", Refresh.id, "Identifier of the refresh.", unique=True),
        column("ward_code", "string", Refresh.ward_code, "The ward.", **WARD),
        column("borough_code", "string", Refresh.borough_code, "The borough.", **BOROUGH),
        column("trigger", "string", Refresh.trigger, "Why it was opened."),
        column("from_set_id", "string", Refresh.from_set_id, "The set it replaced.", optional=True),
        column("to_set_id", "string", Refresh.to_set_id, "The set it decided.", optional=True),
        column("opened_at", "datetime", Refresh.opened_at, "When it was opened."),
        column(
            "overdue_days",
            "integer",
            Refresh.overdue_days,
            "Days by which the review was overdue.",
            minimum=0,
        ),
        column(
            "consulted",
            "array",
            Refresh.consulted,
            "Who was asked, how, when, and how many people.",
        ),
        column("explanation", "string", Refresh.explanation, "Its account in plain words."),
        column(
            "published_at",
            "datetime",
            Refresh.published_at,
            "When it was published.",
            optional=True,
        ),
    ),
    origin(Refresh, keys=(Refresh.id,), where=_published),
    key=("id",),
    references=(
        ward_reference(),
        borough_reference(),
        Reference(("from_set_id",), "priority-sets", ("id",)),
        Reference(("to_set_id",), "priority-sets", ("id",)),
    ),
)

REFRESH_ITEMS = dataset(
    "refresh-items",
    "Decisions of refreshes",
    "What a published refresh decided about one concern, and why.",
    (
        column("refresh_id", "string", RefreshItem.refresh_id, "The refresh."),
        column("position", "integer", RefreshItem.position, "Place in its account."),
        column("concern", "string", RefreshItem.concern, "The concern."),
        column("change", "string", RefreshItem.change, "What became of it."),
        column(
            "old_rank",
            "integer",
            RefreshItem.old_rank,
            "Its rank before.",
            optional=True,
            minimum=1,
        ),
        column(
            "new_rank", "integer", RefreshItem.new_rank, "Its rank now.", optional=True, minimum=1
        ),
        column("reason", "string", RefreshItem.reason, "Why."),
        column(
            "departure_reason",
            "string",
            RefreshItem.departure_reason,
            "Why against the poll.",
            optional=True,
        ),
    ),
    origin(
        RefreshItem,
        joined=select()
        .select_from(RefreshItem)
        .join(Refresh, Refresh.id == RefreshItem.refresh_id),
        keys=(RefreshItem.refresh_id, RefreshItem.position),
        where=_published,
    ),
    key=("refresh_id", "position"),
    references=(Reference(("refresh_id",), "refreshes", ("id",)), CONCERN),
)

DECISIONS = (REFRESHES, REFRESH_ITEMS)
