"""The account of a published refresh in plain words: what changed and why, and who had a say."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.domain.english import count, day, listed, ordinal
from app.domain.refresh_decisions import Change, DecidedItem
from app.domain.refreshes import PUBLIC_SOURCES, ConsultedParty, RefreshTrigger, Source

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
class Consultation:
    """Somebody who was asked before the decision."""

    party: ConsultedParty
    who: str
    how: str
    consulted_on: date
    people: int | None


@dataclass(frozen=True, slots=True)
class Setting:
    """The circumstances of a refresh that its account mentions."""

    ward_name: str
    published_on: date
    trigger: RefreshTrigger
    overdue_days: int
    polled_on: date | None
    heard: Collection[Source]


def explain(
    setting: Setting,
    items: Sequence[DecidedItem],
    consulted: Sequence[Consultation],
    labels: Mapping[str, str],
) -> str:
    """Return the account: a paragraph for the occasion, each item, and those who had a say."""
    paragraphs = [_occasion(setting)]
    paragraphs.extend(_item(item, labels) for item in items)
    if consulted:
        paragraphs.append(f"Consulted: {'; '.join(map(_consultation, consulted))}.")
    paragraphs.append(_who_had_a_say(setting.heard, consulted))
    return "\n\n".join(paragraphs)


def had_a_say(heard: Collection[Source], consulted: Sequence[Consultation]) -> tuple[bool, bool]:
    """Return whether the public, and whether partners, had a say (plan C08)."""
    parties = {consultation.party for consultation in consulted}
    return (
        bool(PUBLIC_SOURCES & set(heard)) or ConsultedParty.PUBLIC in parties,
        Source.PARTNERS in heard or ConsultedParty.PARTNER in parties,
    )


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


def _item(item: DecidedItem, labels: Mapping[str, str]) -> str:
    label = labels.get(item.concern, item.concern)
    text = f"{label} {_change(item)}. Why: {item.reason}"
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


def _consultation(consultation: Consultation) -> str:
    people = "" if consultation.people is None else f", {_people(consultation.people)}"
    party = "the public" if consultation.party is ConsultedParty.PUBLIC else "partners"
    when = day(consultation.consulted_on)
    return f"{party}: {consultation.who} ({consultation.how}, {when}{people})"


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number} people"


def _who_had_a_say(heard: Collection[Source], consulted: Sequence[Consultation]) -> str:
    public, partners = had_a_say(heard, consulted)
    if public and partners:
        return "Both the public and partners had a say."
    sides = listed(
        side for side, spoke in (("the public", public), ("partners", partners)) if not spoke
    )
    return f"Nothing shows that {sides} had a say."
