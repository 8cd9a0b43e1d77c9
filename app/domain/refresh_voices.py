"""Who had a say in a refresh, by inputs and by consultation: the public, partners, both (C08).

Read from the stored proposal, so that proposals of every method answer alike.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.english import count, day, listed
from app.domain.evidence import EvidenceKind
from app.domain.refreshes import SOURCE_OF_KIND, Consultation, ConsultedParty, Source

Record = Mapping[str, Any]

PARTY_OF: Mapping[Source, ConsultedParty] = {
    Source.POLL: ConsultedParty.PUBLIC,
    Source.EVENTS: ConsultedParty.PUBLIC,
    Source.PANEL: ConsultedParty.PUBLIC,
    Source.PARTNERS: ConsultedParty.PARTNER,
    Source.SURVEY: ConsultedParty.PUBLIC,
    Source.RESIDENTS: ConsultedParty.PUBLIC,
}
"""Which side speaks in a source; recorded crime, the old set and documents are nobody's voice."""
NOUNS = {
    Source.EVENTS: "held event",
    Source.PANEL: "ward panel submission",
    Source.PARTNERS: "partner submission",
    Source.SURVEY: "survey",
    Source.RESIDENTS: "residents' report",
}


@dataclass(frozen=True, slots=True)
class Voice:
    """One way in which a side had a say: how many records, how many people if known."""

    party: ConsultedParty
    by: str
    records: int
    people: int | None
    says: str


@dataclass(frozen=True, slots=True)
class Say:
    """Whether each side had a say, by which voices, and that in one sentence."""

    voices: tuple[Voice, ...]

    @property
    def public(self) -> bool:
        """Whether the public had a say."""
        return any(voice.party is ConsultedParty.PUBLIC for voice in self.voices)

    @property
    def partners(self) -> bool:
        """Whether partners had a say."""
        return any(voice.party is ConsultedParty.PARTNER for voice in self.voices)

    @property
    def both(self) -> bool:
        """Whether the set is developed together, as the plan promises (C08)."""
        return self.public and self.partners

    @property
    def says(self) -> str:
        """The whole of it in plain words."""
        told = [
            _side("The public", ConsultedParty.PUBLIC, self.voices),
            _side("Partners", ConsultedParty.PARTNER, self.voices),
        ]
        if self.both:
            return " ".join([*told, "Both the public and partners had a say."])
        sides = (("the public", self.public), ("partners", self.partners))
        missing = listed((name for name, had in sides if not had), "or")
        promise = "The plan promises that both have a say (C08)."
        return " ".join([*told, promise, f"Nothing shows that {missing} had a say."])


def find_say(proposal: Record, consulted: Sequence[Consultation] = ()) -> Say:
    """Return who had a say, by a proposal as it is stored and by those who were consulted."""
    voices = [*_by_poll(proposal["poll"]), *_by_events(proposal["events"])]
    voices += _by_evidence(proposal["evidence"])
    voices += [
        Voice(
            entry.party,
            "consultation",
            1,
            entry.people,
            _consulted(entry),
        )
        for entry in consulted
    ]
    return Say(tuple(voices))


def _consulted(entry: Consultation) -> str:
    people = "" if entry.people is None else f", {_people(entry.people)}"
    return f"{entry.who} ({entry.how}, {day(entry.consulted_on)}{people})"


def _side(name: str, party: ConsultedParty, voices: Iterable[Voice]) -> str:
    own = [voice.says for voice in voices if voice.party is party]
    return f"{name}: {listed(own)}." if own else f"{name}: nothing is recorded."


def _by_poll(poll: Record | None) -> list[Voice]:
    if poll is None or poll["turnout"] is None:
        return []
    about = "" if poll["is_exact"] else "about "
    says = f"the ward poll ({about}{count(poll['turnout'], 'ballot')})"
    return [Voice(ConsultedParty.PUBLIC, Source.POLL.value, 1, poll["turnout"], says)]


def _by_events(events: Sequence[Record]) -> list[Voice]:
    spoke = [event for event in events if any(event["raised"].values())]
    if not spoke:
        return []
    people = sum(event["attendance"] for event in spoke)
    says = f"{count(len(spoke), NOUNS[Source.EVENTS])} ({_people(people)} came)"
    return [Voice(ConsultedParty.PUBLIC, Source.EVENTS.value, len(spoke), people, says)]


def _by_evidence(evidence: Sequence[Record]) -> list[Voice]:
    records: dict[Source, int] = {}
    for piece in evidence:
        source = SOURCE_OF_KIND.get(EvidenceKind(piece["kind"]))
        if source in PARTY_OF and source is not None and any(piece["mentions"].values()):
            records[source] = records.get(source, 0) + 1
    return [
        Voice(PARTY_OF[source], source.value, number, None, count(number, NOUNS[source]))
        for source, number in records.items()
    ]


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number} people"
