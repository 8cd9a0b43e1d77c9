"""Refreshes as answers: the stored rows in the shapes that cross the wire."""

from typing import Any

from app.models.refreshes import Refresh, RefreshItem
from app.models.wards import Ward
from app.operations.refreshes_queries import departures_of, parties_heard
from app.schemas.refreshes import RefreshItemOut, RefreshOut, RefreshSummaryOut
from app.schemas.wards import AreaOut

_SHAPED = {"ward", "items", "had_a_say", "explanation"}


def refresh_summary_out(row: Refresh, ward: Ward) -> RefreshSummaryOut:
    """Return a refresh as it stands in a list."""
    kept = {name: getattr(row, name) for name in RefreshSummaryOut.model_fields.keys() - {"ward"}}
    return RefreshSummaryOut(**kept, ward=AreaOut.model_validate(ward))


def refresh_out(row: Refresh, ward: Ward) -> RefreshOut:
    """Return a refresh, whole, with its items loaded."""
    public, partners = parties_heard(row)
    departures = departures_of(row)
    kept: dict[str, Any] = {
        name: getattr(row, name) for name in RefreshOut.model_fields.keys() - _SHAPED
    }
    return RefreshOut.model_validate(
        {
            **kept,
            "ward": ward,
            "items": [item_out(item, departures.get(item.concern)) for item in row.items],
            "had_a_say": {"public": public, "partners": partners},
            "explanation": row.explanation or None,
        }
    )


def item_out(row: RefreshItem, departure: str | None) -> RefreshItemOut:
    """Return what was decided about one concern, with how that departs from the poll."""
    kept = {
        name: getattr(row, name)
        for name in RefreshItemOut.model_fields.keys() - {"departs_from_poll"}
    }
    return RefreshItemOut(**kept, departs_from_poll=departure)
