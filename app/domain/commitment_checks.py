"""Every check by its key, and what all of them together say of the areas asked for."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from app.domain import commitment_absences as absences
from app.domain import commitment_boards as boards
from app.domain import commitment_bodies as bodies
from app.domain import commitment_events as events
from app.domain import commitment_measures as measures
from app.domain import commitment_priorities as priorities
from app.domain import commitment_shares as shares
from app.domain import commitment_strength as strength
from app.domain import commitment_teams as teams
from app.domain.commitment_facts import Facts
from app.domain.commitment_rollups import roll_up
from app.domain.commitments import (
    LONDON_CODE,
    Commitment,
    Key,
    Line,
    Register,
    Scope,
    Status,
    Verdict,
    Verdicts,
    from_due,
    not_due,
    not_measurable,
    retired,
)

RULE_VERSION = 2
"""Raised whenever a rule changes what it says of the same facts."""

CHECKS: Mapping[str, Callable[[Facts, Line], Verdicts]] = {
    "abstraction_share": shares.abstraction_share,
    "abstractions": absences.abstractions,
    "active_set": priorities.active_set,
    "answers_due": bodies.answers_due,
    "asb_named": priorities.asb_named,
    "beat_meetings": events.beat_meetings,
    "board": boards.board,
    "board_council": boards.board_council,
    "board_meets": boards.board_meets,
    "borough_has_team": teams.borough_has_team,
    "citizen_led": events.citizen_led,
    "co_developed": priorities.co_developed,
    "co_located": bodies.co_located,
    "counter": bodies.counter,
    "engagement_team": teams.engagement_team,
    "events_by_2023": events.events_by_2023,
    "events_cumulative": events.events_cumulative,
    "events_each_year": events.events_each_year,
    "events_in_year": events.events_in_year,
    "gaps_on_the_year": measures.gaps_on_the_year,
    "introductions": events.introductions,
    "lgbt_liaison": teams.lgbt_liaison,
    "measured_borough": measures.measured_borough,
    "measured_ward": measures.measured_ward,
    "more_pcsos": absences.more_pcsos,
    "more_volunteers": absences.more_volunteers,
    "neighbourhood_crime": measures.neighbourhood_crime,
    "online_poll": events.online_poll,
    "priorities_acted_on": priorities.priorities_acted_on,
    "public_counter": bodies.public_counter,
    "review": priorities.review,
    "serious_violence": measures.serious_violence,
    "strength_by_need": strength.strength_by_need,
    "strength_follows_crime": strength.strength_follows_crime,
    "superintendent": teams.superintendent,
    "trust_on_the_year": measures.trust_on_the_year,
    "ward_has_team": teams.ward_has_team,
    "ward_named_officer": teams.ward_named_officer,
    "ward_team": teams.ward_team,
    "ward_team_available": teams.ward_team_available,
}
"""What most checks read is the facts alone."""

READ_THE_REGISTER = frozenset({"publications", "assurance"})
"""Checks that also read the register itself."""


def is_static(line: Line) -> bool:
    """Whether a line is told once for London: nothing measures it, or it no longer stands."""
    return line.check is None


def check_all(
    register: Register, facts: Facts, scopes: Iterable[Scope] = tuple(Scope)
) -> dict[Key, Verdict]:
    """Return what the facts say of every line, in each area of these scopes.

    A scope above a line's own is rolled up from the areas below it: ask for it only where the facts
    cover all of those.
    """
    wanted = frozenset(scopes)
    found: dict[Key, Verdict] = {}
    for commitment in register.commitments:
        for line in commitment.lines:
            static = _static(line, facts)
            if static is not None:
                found[Key(commitment.code, line.reading, Scope.LONDON, LONDON_CODE)] = static
                continue
            if line.scopes[0] not in wanted:
                continue
            verdicts = {
                area: _settle(verdict, line, facts)
                for area, verdict in _measure(register, facts, commitment, line).items()
            }
            for (scope, area), verdict in _spread(facts, line, verdicts):
                if scope in wanted:
                    found[Key(commitment.code, line.reading, scope, area)] = verdict
    return found


def _static(line: Line, facts: Facts) -> Verdict | None:
    if line.retired_on is not None and line.retired_on <= facts.today:
        return retired(line)
    if not is_static(line):
        return None
    if line.due_on is not None and facts.today <= line.due_on:
        return not_due(line.due_on, "This")
    return not_measurable(line)


def _spread(
    facts: Facts, line: Line, verdicts: Verdicts
) -> Iterator[tuple[tuple[Scope, str], Verdict]]:
    """Yield a line's verdicts with their areas, and those of the larger areas around them."""
    base = line.scopes[0]
    areas = {area: verdict for area, verdict in verdicts.items() if area != LONDON_CODE}
    yield from (((base, area), verdict) for area, verdict in areas.items())
    if base is Scope.WARD:
        for borough, verdict in _by_borough(facts, areas).items():
            yield (Scope.BOROUGH, borough), verdict
    together = verdicts.get(LONDON_CODE)
    if together is None:
        together = roll_up(areas.items(), what=base.value, where="of the Met")
    yield (Scope.LONDON, LONDON_CODE), together


def _measure(register: Register, facts: Facts, commitment: Commitment, line: Line) -> Verdicts:
    if line.check == "publications":
        return bodies.publications_of(facts, commitment)
    if line.check == "assurance":
        return bodies.assurance_of(register)
    return CHECKS[line.check or ""](facts, line)


def _settle(verdict: Verdict, line: Line, facts: Facts) -> Verdict:
    """Return a verdict that says nothing is broken before its day, nor since before that day."""
    if verdict.status not in {Status.BREACHED, Status.AT_RISK} or line.due_on is None:
        return verdict
    if facts.today <= line.due_on:
        early = not_due(line.due_on, "This")
        told_both = f"{early.finding} So far: {verdict.finding}"
        return replace(verdict, status=Status.NOT_DUE, finding=told_both, since=None)
    if verdict.status is Status.BREACHED:
        if verdict.since is None and line.check in _UNDATED:
            return verdict
        return replace(verdict, since=from_due(verdict.since, line.due_on))
    return verdict


_UNDATED = frozenset({"strength_follows_crime"})
"""Checks whose facts do not say since when; a run that finds the state first dates it."""


def _by_borough(facts: Facts, verdicts: Verdicts) -> dict[str, Verdict]:
    grouped: dict[str, list[tuple[str, Verdict]]] = defaultdict(list)
    for code, verdict in verdicts.items():
        grouped[facts.wards[code].borough_code].append((code, verdict))
    return {
        borough: roll_up(found, what="ward", where=f"of {facts.boroughs[borough]}")
        for borough, found in grouped.items()
    }
