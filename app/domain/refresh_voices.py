"""Who had a say in a refresh, by inputs and by consultation: the public, partners, both (C08).

Read from the stored proposal, so that proposals of every method answer alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
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


CONSULTATION = "consultation"
PROMISE = "The plan promises that both have a say (C08)."
FEW_BALLOTS = "a ward poll of fewer than 10 ballots, of which nothing more {} told or weighed"
ONLY_CONSULTED = (
    "Of {0} nothing could be weighed when this was proposed, and the proposal tells no more than "
    "that; the say of {0} shows in who was consulted for the decision."
)


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
    """Whether each side had a say, by which voices, and that in plain words.

    `polled_few` tells of a poll of fewer than 10 ballots: it was held, but as nothing of it may be
    weighed it is nobody's voice in the proposal.
    """

    voices: tuple[Voice, ...]
    polled_few: bool = False

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
        told = [*self._sides("is"), *self._only_consulted()]
        if self.both:
            return " ".join([*told, "Both the public and partners had a say."])
        missing = listed((name for name, had in self._had() if not had), "or")
        weighed = " that could be weighed" if self.polled_few and not self.public else ""
        return " ".join([*told, PROMISE, f"Nothing{weighed} shows that {missing} had a say."])

    def says_then(self, when: date) -> str:
        """Return it as it stood when a refresh was proposed, before anybody could decide."""
        opening = f"When this was proposed, on {day(when)}, this was recorded of who had a say."
        closing = (
            "Both the public and partners had one."
            if self.both
            else f"{PROMISE} Who was consulted for the decision is told with the decision."
        )
        return " ".join([opening, *self._sides("was"), closing])

    def _had(self) -> tuple[tuple[str, bool], ...]:
        return ("the public", self.public), ("partners", self.partners)

    def _sides(self, verb: str) -> list[str]:
        public, partners = (
            [voice.says for voice in self.voices if voice.party is party]
            for party in (ConsultedParty.PUBLIC, ConsultedParty.PARTNER)
        )
        public += [FEW_BALLOTS.format(verb)] if self.polled_few else []
        nothing = f"nothing {verb} recorded"
        sides = (("The public", public), ("Partners", partners))
        return [f"{name}: {listed(own) if own else nothing}." for name, own in sides]

    def _only_consulted(self) -> list[str]:
        """Say of a side that only a consultation shows why the proposal does not know of it."""
        heard = {voice.party for voice in self.voices if voice.by != CONSULTATION}
        asked = {voice.party for voice in self.voices} - heard
        names = {ConsultedParty.PUBLIC: "the public", ConsultedParty.PARTNER: "partners"}
        late = listed(name for party, name in names.items() if party in asked)
        return [ONLY_CONSULTED.format(late)] if asked else []


def find_say(proposal: Record, consulted: Sequence[Consultation] = ()) -> Say:
    """Return who had a say, by a proposal as it is stored and by those who were consulted."""
    voices = [*_by_poll(proposal["poll"]), *_by_events(proposal["events"])]
    voices += _by_evidence(proposal["evidence"])
    voices += [
        Voice(
            entry.party,
            CONSULTATION,
            1,
            entry.people,
            _consulted(entry),
        )
        for entry in consulted
    ]
    poll = proposal["poll"]
    return Say(tuple(voices), polled_few=poll is not None and poll["turnout"] is None)


def _consulted(entry: Consultation) -> str:
    people = "" if entry.people is None else f", {_people(entry.people)}"
    return f"{entry.who} ({entry.how}, {day(entry.consulted_on)}{people})"


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
