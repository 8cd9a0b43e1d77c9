"""Checks of events and polls: quotas, introductions, new ways to engage, beat meetings."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from app.domain.commitment_facts import EventFact, Facts, Source
from app.domain.commitments import DAY, Line, Status, Verdict, Verdicts, told, unknown
from app.domain.event_quotas import TARGETS, Quota, counts, each_year, is_coming, stand
from app.domain.events import PLAN_PUBLISHED_ON, EventKind
from app.domain.introductions import Introduction, IntroductionStatus
from app.domain.spans import DaySpan, join, state_since

NO_EVENTS = "No event was ever entered."
NO_POLLS = "No poll was ever entered."
NEAR = timedelta(days=30)
BEAT_DAYS = timedelta(days=92)
BEAT_KINDS = frozenset(EventKind) - {EventKind.BOARD_MEETING}
(FIRST_DUE, FIRST_TARGET), (SECOND_DUE, SECOND_TARGET) = TARGETS
Measure = Callable[[Facts, Line], Verdicts]


BY_2023 = Quota(PLAN_PUBLISHED_ON, FIRST_DUE, FIRST_TARGET)
CUMULATIVE = Quota(PLAN_PUBLISHED_ON, SECOND_DUE, SECOND_TARGET)
IN_YEAR = Quota(date(SECOND_DUE.year, 1, 1), SECOND_DUE, SECOND_TARGET)


def quota_of(choose: Callable[[date], Quota]) -> Measure:
    """Return the check of a quota of open events (C06)."""

    def measure(facts: Facts, line: Line) -> Verdicts:
        del line
        quota = choose(facts.today)
        return _each_borough(facts, lambda events: _judge_quota(events, quota, facts.today))

    return measure


events_by_2023 = quota_of(lambda today: BY_2023)  # noqa: ARG005 - the day does not matter here
events_cumulative = quota_of(lambda today: CUMULATIVE)  # noqa: ARG005 - nor here
events_in_year = quota_of(lambda today: IN_YEAR)  # noqa: ARG005 - nor here
events_each_year = quota_of(each_year)


def _each_borough(facts: Facts, judge: Callable[[Sequence[EventFact]], Verdict]) -> Verdicts:
    if Source.EVENTS not in facts.known:
        return dict.fromkeys(facts.boroughs, unknown(NO_EVENTS))
    return {code: judge(facts.events.get(code, ())) for code in facts.boroughs}


def _judge_quota(events: Sequence[EventFact], quota: Quota, today: date) -> Verdict:
    ours = [event for event in events if counts(event, quota)]
    held = sorted((e for e in ours if e.held), key=lambda event: event.day)
    number = len(held)
    status, since = stand(ours, quota, today)
    verb = "count" if today > quota.due_on else "count so far"
    coming = 0 if today > quota.due_on else sum(1 for e in ours if is_coming(e, today))
    announced = f" {coming} more announced." if coming else ""
    return Verdict(
        status,
        f"{number} of {quota.target} open events {verb}, from {told(quota.starts_on)} to "
        f"{told(quota.due_on)}.{announced}",
        since,
        float(number),
        float(quota.target),
        float(max(0, quota.target - number)),
        "events",
        tuple({"kind": "event", "id": str(event.id)} for event in [*held, *_lost(ours)][:8]),
    )


def _lost(events: Sequence[EventFact]) -> list[EventFact]:
    return [event for event in events if event.lost_on is not None]


def introductions(facts: Facts, line: Line) -> Verdicts:
    """Check that each borough's superintendent was introduced to the community (C05)."""
    del line
    return {code: _judge_introduction(facts, code) for code in facts.boroughs}


def _judge_introduction(facts: Facts, borough: str) -> Verdict:
    leading = [one for one in facts.introductions.get(borough, ()) if one.current]
    if not leading:
        return unknown("No superintendent is posted to the borough; see C04.")
    return min((_judge_one(facts, one) for one in leading), key=lambda v: _ORDER.index(v.status))


_ORDER = (Status.BREACHED, Status.AT_RISK, Status.NOT_DUE, Status.ON_TRACK, Status.MET)


def _judge_one(facts: Facts, one: Introduction) -> Verdict:
    began = f"The superintendent has led since {told(one.starts_on)}"
    evidence = () if one.event is None else ({"kind": "event", "id": str(one.event.id)},)
    if one.held_on is not None:
        late = ", late" if one.status is IntroductionStatus.MET_LATE else ""
        finding = f"{began}; the introductory event was held on {told(one.held_on)}{late}."
        return Verdict(Status.MET, finding, one.held_on, 1.0, 1.0, 0.0, "events", evidence)
    if one.status is IntroductionStatus.BREACHED:
        finding = f"{began}; an introductory event was due by {told(one.due_on)} and none was held."
        status, since = Status.BREACHED, one.missing_since
    else:
        status, since = _coming_introduction(facts, one)
        finding = f"{began}; an introductory event is due by {told(one.due_on)}."
    return Verdict(status, finding, since, 0.0, 1.0, 1.0, "events", evidence)


def _coming_introduction(facts: Facts, one: Introduction) -> tuple[Status, date]:
    events = facts.events.get(one.borough_code, ())
    announced = [
        event.announced_on
        for event in events
        if event.kind == EventKind.SUPERINTENDENT_INTRODUCTION
        and is_coming(event, facts.today)
        and event.day <= one.due_on
        and event.announced_on is not None
    ]
    if announced:
        return Status.ON_TRACK, max(min(announced), one.starts_on)
    if one.due_on - facts.today <= NEAR:
        return Status.AT_RISK, max(one.due_on - NEAR, one.starts_on)
    return Status.NOT_DUE, one.starts_on


def citizen_led(facts: Facts, line: Line) -> Verdicts:
    """Check that each borough tried a citizen-led meeting (C11)."""
    del line

    def judge(events: Sequence[EventFact]) -> Verdict:
        held = [e for e in events if e.held and e.kind == EventKind.CITIZEN_LED]
        if not held:
            return Verdict(Status.BREACHED, "No citizen-led meeting was held and recorded.")
        first = min(held, key=lambda event: event.day)
        evidence = ({"kind": "event", "id": str(first.id)},)
        finding = f"The first citizen-led meeting was held on {told(first.day)}."
        return Verdict(Status.MET, finding, first.day, evidence=evidence)

    return _each_borough(facts, judge)


def online_poll(facts: Facts, line: Line) -> Verdicts:
    """Check that each borough tried an online poll (C11)."""
    del line
    if Source.POLLS not in facts.known:
        return dict.fromkeys(facts.boroughs, unknown(NO_POLLS))
    return {
        code: Verdict(
            Status.MET,
            f"The first online poll opened on {told(facts.first_polls[code])}.",
            facts.first_polls[code],
        )
        if code in facts.first_polls
        else Verdict(Status.BREACHED, "No online poll was ever opened.")
        for code in facts.boroughs
    }


def beat_meetings(facts: Facts, line: Line) -> Verdicts:
    """Check that an event served each ward within a quarter (N03)."""
    del line
    if Source.EVENTS not in facts.known:
        return dict.fromkeys(facts.wards, unknown(NO_EVENTS))
    held = {
        code: [e for e in facts.events.get(code, ()) if e.held and e.kind in BEAT_KINDS]
        for code in facts.boroughs
    }
    return {
        ward.code: _judge_beat(
            [e for e in held.get(ward.borough_code, ()) if e.serves(ward.code)], facts.today
        )
        for ward in facts.wards.values()
    }


def _judge_beat(held: Sequence[EventFact], today: date) -> Verdict:
    days = join(DaySpan(event.day, event.day + BEAT_DAYS + DAY) for event in held)
    kept, since = state_since(days, today)
    if not held:
        return Verdict(Status.BREACHED, "No event that serves the ward was held and recorded.")
    last = max(held, key=lambda event: event.day)
    finding = f"The last event that serves the ward was held on {told(last.day)}."
    evidence = ({"kind": "event", "id": str(last.id)},)
    return Verdict(Status.MET if kept else Status.BREACHED, finding, since, evidence=evidence)
