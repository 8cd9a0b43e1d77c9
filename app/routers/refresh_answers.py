"""Refreshes as answers: the stored rows in the shapes that cross the wire."""

from typing import Any

from app.domain.refresh_decisions import Change
from app.domain.refresh_records import readable
from app.models.refreshes import Refresh
from app.models.wards import Ward
from app.operations.refreshes_queries import departures_of, differences_of, duties_of, say_in
from app.schemas.refreshes import RefreshItemOut, RefreshOut, RefreshSummaryOut
from app.schemas.wards import AreaOut

_SHAPED = {"ward", "proposal", "items", "had_a_say", "explanation"}


def refresh_summary_out(row: Refresh, ward: Ward) -> RefreshSummaryOut:
    """Return a refresh as it stands in a list."""
    kept = {name: getattr(row, name) for name in RefreshSummaryOut.model_fields.keys() - {"ward"}}
    return RefreshSummaryOut(**kept, ward=AreaOut.model_validate(ward))


def refresh_out(row: Refresh, ward: Ward) -> RefreshOut:
    """Return a refresh, whole, with its items loaded."""
    kept: dict[str, Any] = {
        name: getattr(row, name) for name in RefreshOut.model_fields.keys() - _SHAPED
    }
    return RefreshOut.model_validate(
        {
            **kept,
            "ward": ward,
            "proposal": readable(row.proposal),
            "items": items_out(row),
            "had_a_say": say_in(row),
            "explanation": row.explanation or None,
        }
    )


def items_out(row: Refresh) -> list[RefreshItemOut]:
    """Return what was decided about each concern, with how it departs and what it had to answer."""
    departures, differences = departures_of(row), differences_of(row)
    owed = duties_of(row).must_answer
    return [
        RefreshItemOut(
            concern=item.concern,
            change=Change(item.change),
            old_rank=item.old_rank,
            new_rank=item.new_rank,
            reason=item.reason,
            departs_from_poll=departures.get(item.concern),
            departure_reason=item.departure_reason,
            differs_from_proposal=differences.get(item.concern),
            had_to_be_answered=owed.get(item.concern),
        )
        for item in row.items
    ]
