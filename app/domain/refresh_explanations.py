"""The account of a published refresh in plain words: what changed and why, and who had a say.

It says of each item where the decision leaves the poll and where it leaves the proposal.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.domain.english import count, day, ordinal
from app.domain.refresh_decisions import Change, DecidedItem, find_differences
from app.domain.refresh_voices import Say
from app.domain.refreshes import RefreshTrigger

TRIGGER_WORDS: Mapping[RefreshTrigger, str] = {
    RefreshTrigger.SCHEDULED: "their review was scheduled",
    RefreshTrigger.EVENT: "of what was raised at an event",
    RefreshTrigger.CRIME_CHANGE: "recorded crime changed",
    RefreshTrigger.POLL: "a ward poll was counted",
    RefreshTrigger.REQUEST: "it was asked for",
    RefreshTrigger.BOUNDARY_CHANGE: "the ward's boundary changed",
    RefreshTrigger.CORRECTION: "something published was wrong",
}


@dataclass(frozen=True, slots=True)
class Setting:
    """The circumstances of a refresh that its account mentions."""

    ward_name: str
    published_on: date
    trigger: RefreshTrigger
    overdue_days: int
    polled_on: date | None
    proposed: tuple[str, ...]
    say: Say


def explain(setting: Setting, items: Sequence[DecidedItem], labels: Mapping[str, str]) -> str:
    """Return the account: a paragraph for the occasion, each item, and those who had a say."""
    ranked = sorted((item.new_rank, item.concern) for item in items if item.new_rank)
    decided = [concern for _, concern in ranked]
    differences = find_differences(decided, setting.proposed) if setting.proposed else {}
    paragraphs = [f"{_occasion(setting)} {_beside_proposal(setting.proposed, differences)}"]
    paragraphs.extend(_item(item, labels, differences.get(item.concern)) for item in items)
    paragraphs.append(setting.say.says)
    return "\n\n".join(paragraphs)


def _beside_proposal(proposed: Sequence[str], differences: Mapping[str, str]) -> str:
    """Say whether the decision is the proposal; where it is not is told with each item."""
    if not proposed:
        return "Nothing was proposed, so the whole decision is that of those who decided."
    if not differences:
        return "The decision is what was proposed, in the same order."
    return f"It differs from the proposal about {count(len(differences), 'concern')}."


def _occasion(setting: Setting) -> str:
    late = (
        f" The review was {count(setting.overdue_days, 'day')} overdue."
        if setting.overdue_days
        else ""
    )
    poll = (
        f" The poll counted on {day(setting.polled_on)} led the proposal."
        if setting.polled_on
        else " No poll led the proposal."
    )
    return (
        f"The priorities of {setting.ward_name} were refreshed on {day(setting.published_on)}, "
        f"because {TRIGGER_WORDS[setting.trigger]}.{late}{poll}"
    )


def _item(item: DecidedItem, labels: Mapping[str, str], difference: str | None) -> str:
    label = labels.get(item.concern, item.concern)
    text = f"{label} {_change(item)}. Why: {item.reason}"
    if item.owed is not None:
        owed = f"{item.owed[:1].lower()}{item.owed[1:]}"
        text = f"{label} {_change(item)}. It had to be answered, because {owed} {item.reason}"
    if difference is not None:
        text = f"{text} This differs from the proposal: {difference}."
    if item.departure is None or item.departure_reason is None:
        return text
    return f"{text} This departs from the poll ({item.departure}). Why: {item.departure_reason}"


def _change(item: DecidedItem) -> str:
    new, old = ordinal(item.new_rank or 0), ordinal(item.old_rank or 0)
    place = f"stays {new}" if new == old else f"moves from {old} to {new}"
    words = {
        Change.KEPT: place,
        Change.RERANKED: place,
        Change.REWORDED: f"{place}, in new words",
        Change.ADDED: f"is new, {new}",
        Change.DROPPED: f"was {old} and is dropped",
        Change.NOT_TAKEN: "was considered and is not taken",
    }
    return words[item.change]
