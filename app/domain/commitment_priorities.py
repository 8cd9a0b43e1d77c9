"""Checks of priorities: every ward has a set, made with people, renewed in time, acted upon."""

from collections.abc import Callable
from datetime import date, timedelta

from app.domain.commitment_facts import Facts, PriorityFact, SetFact, Source
from app.domain.commitments import DAY, Line, Status, Verdict, Verdicts, told, unknown
from app.domain.english import listed
from app.domain.priorities import GRACE_DAYS
from app.domain.spans import join, span_of, state_since

NO_SETS = "No set of priorities was ever entered."
NONE_ACTIVE = "No set of priorities is in force in this ward; see C07."
NEIGHBOURHOOD = {
    "anti-social-behaviour": "anti-social behaviour",
    "burglary": "burglary",
    "robbery": "robbery and theft from the person",
    "vehicle-crime": "vehicle crime",
}
"""Concerns that are anti-social behaviour or, by the plan's own list, neighbourhood crime."""
QUIET, SILENT = timedelta(days=60), timedelta(days=90)
"""Assumed: after so many days without an action a priority is at risk, and not worked on."""


def active_set(facts: Facts, line: Line) -> Verdicts:
    """Check that each ward has a set in force (C07)."""
    del line
    if Source.SETS not in facts.known:
        return dict.fromkeys(facts.wards, unknown(NO_SETS))
    return {code: _judge_existence(facts, code) for code in facts.wards}


def _judge_existence(facts: Facts, ward: str) -> Verdict:
    sets = facts.sets.get(ward, ())
    kept, since = state_since(join(span_of(s.starts_on, s.ends_on) for s in sets), facts.today)
    active = facts.active_set(ward)
    if not kept or active is None:
        finding = "No set is in force." if sets else "No set was ever in force."
        return Verdict(Status.BREACHED, finding, since, 0.0, 1.0, 1.0, "sets")
    finding = f"The set in force was published on {told(active.starts_on)}."
    return Verdict(Status.MET, finding, since, 1.0, 1.0, 0.0, "sets", (_named(active),))


def _named(one: SetFact) -> dict[str, str]:
    return {"kind": "priority_set", "id": str(one.id)}


def _each_active(facts: Facts, judge: Callable[[SetFact], Verdict]) -> Verdicts:
    if Source.SETS not in facts.known:
        return dict.fromkeys(facts.wards, unknown(NO_SETS))
    found = {code: facts.active_set(code) for code in facts.wards}
    return {c: unknown(NONE_ACTIVE) if one is None else judge(one) for c, one in found.items()}


def co_developed(facts: Facts, line: Line) -> Verdicts:
    """Check that the public and partners both had a say in each ward's set (C08)."""
    del line
    return _each_active(facts, _judge_voices)


def _judge_voices(one: SetFact) -> Verdict:
    evidence = [_named(one)]
    if one.refresh_id is not None:
        evidence.append({"kind": "refresh", "id": str(one.refresh_id)})
    public, partners = one.heard or (False, False)
    heard = float(public + partners)
    finding = {
        (True, True): "The public and partners both had a say in the set in force.",
        (True, False): "The public had a say in the set in force; nothing shows that partners had.",
        (False, True): "Partners had a say in the set in force; nothing shows that the public had.",
        (False, False): "Nothing shows that the public or partners had a say in the set in force.",
    }[public, partners]
    status = Status.MET if public and partners else Status.BREACHED
    return Verdict(
        status, finding, one.starts_on, heard, 2.0, 2.0 - heard, "sides", tuple(evidence)
    )


def review(facts: Facts, line: Line) -> Verdicts:
    """Check that each ward's set was reviewed by the day it named (C09).

    Late, and at risk, from the day after that; broken from the day after the 14 days of grace.
    """
    del line
    return _each_active(facts, lambda one: _judge_review(one, facts.today))


def _judge_review(one: SetFact, today: date) -> Verdict:
    due = one.review_due_on
    evidence = ({**_named(one), "review_due_on": due.isoformat()},)
    if today <= due:
        finding = f"The review of the set in force is due on {told(due)}."
        return Verdict(Status.MET, finding, one.starts_on, evidence=evidence)
    finding = f"The review of the set in force was due on {told(due)} and has not happened."
    grace_ends = due + timedelta(days=GRACE_DAYS)
    if today <= grace_ends:
        return Verdict(Status.AT_RISK, finding, due + DAY, evidence=evidence)
    return Verdict(Status.BREACHED, finding, grace_ends + DAY, evidence=evidence)


def asb_named(facts: Facts, line: Line) -> Verdicts:
    """Check that each ward's set names anti-social behaviour or neighbourhood crime (C10)."""
    del line
    return _each_active(facts, _judge_concerns)


def _judge_concerns(one: SetFact) -> Verdict:
    named = [NEIGHBOURHOOD[c] for c in one.concerns if c in NEIGHBOURHOOD]
    finding = (
        f"The set in force names {listed(named)}."
        if named
        else "The set in force names neither anti-social behaviour nor neighbourhood crime."
    )
    number = float(len(named))
    return Verdict(
        Status.MET if named else Status.AT_RISK,
        finding,
        one.starts_on,
        number,
        1.0,
        max(0.0, 1.0 - number),
        "priorities",
        (_named(one),),
    )


def priorities_acted_on(facts: Facts, line: Line) -> Verdicts:
    """Check that something was done lately about each priority in force (C33)."""
    del line
    return _each_active(facts, lambda one: _judge_actions(one, facts.today))


def _judge_actions(one: SetFact, today: date) -> Verdict:
    if not one.open_priorities:
        return Verdict(Status.MET, "Every priority of the set in force has ended.")
    last = {p: p.last_action_on or p.set_on for p in one.open_priorities}
    quiet = [p for p, day in last.items() if today - day > QUIET]
    if not quiet:
        finding = "Something was done lately about every priority in force."
        return _acted(Status.MET, finding, None, quiet, one=one)
    oldest = min(last.values())
    finding = f"Nothing was done about {_titles(quiet)} since {told(oldest)}."
    if today - oldest > SILENT:
        return _acted(Status.BREACHED, finding, oldest + SILENT + DAY, quiet, one=one)
    return _acted(Status.AT_RISK, finding, oldest + QUIET + DAY, quiet, one=one)


def _acted(
    status: Status, finding: str, since: date | None, quiet: list[PriorityFact], *, one: SetFact
) -> Verdict:
    number = len(one.open_priorities)
    return Verdict(
        status,
        finding,
        since,
        float(number - len(quiet)),
        float(number),
        float(len(quiet)),
        "priorities",
        tuple({"kind": "priority", "id": str(p.id)} for p in quiet) or (_named(one),),
    )


def _titles(quiet: list[PriorityFact]) -> str:
    first = f"\u201c{quiet[0].title}\u201d"
    more = len(quiet) - 1
    return first if not more else f"{first} and {more} more"
