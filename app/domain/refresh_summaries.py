"""A whole proposal in one paragraph: what leads, who was heard, what is owed, late and missing."""

from app.domain.english import count, day, day_of, listed, times
from app.domain.priorities import GRACE_DAYS
from app.domain.refresh_comparisons import comparison_words
from app.domain.refresh_demands import SOURCE_WORDS, put_first
from app.domain.refresh_input_words import RAISED
from app.domain.refresh_polls import EarlierPoll
from app.domain.refresh_proposals import Ranking
from app.domain.refreshes import VOICES, Inputs, Mentions

EPOCH_YEAR = 1970


def summary(inputs: Inputs, ranking: Ranking, say: str) -> str:
    """Return the proposal in one paragraph; `say` tells who had had a say by then (plan C08)."""
    parts = [
        _opening(inputs, ranking),
        _lead(inputs, ranking),
        comparison_words(inputs, ranking),
        _owed(inputs, ranking),
        say,
        review_words(inputs),
        *list_missing(inputs, ranking),
    ]
    return " ".join(part for part in parts if part)


def list_missing(inputs: Inputs, ranking: Ranking) -> list[str]:
    """Return, a sentence each, what the proposal could not or did not weigh and why."""
    missing = [*_missing_polls(inputs), *_unheard(inputs, ranking)]
    silent = [
        RAISED[source][1]
        for source in VOICES
        if not inputs.mentions.get(source, Mentions()).records
    ]
    if silent:
        missing.append(f"Missing: no {listed(silent, 'or')} was recorded {_since(inputs)}.")
    if not inputs.crime:
        missing.append("Missing: no recorded crime is loaded for the ward.")
    return missing


def review_words(inputs: Inputs) -> str:
    """Say when the review of the present priorities was due and how late it is."""
    old = inputs.outgoing
    if old is None:
        return "The ward had no priorities before."
    due, days = day(old.review_due_on), (inputs.today - old.review_due_on).days
    if old.overdue_days:
        late = count(old.overdue_days, "day")
        return (
            f"The review of the present priorities was due on {due} and is {late} overdue, "
            f"after {GRACE_DAYS} days of grace."
        )
    if days > 0:
        return (
            f"The review of the present priorities was due on {due}, {count(days, 'day')} ago, "
            f"within the {GRACE_DAYS} days of grace."
        )
    return f"The review of the present priorities is due on {due}; it is not late."


def _opening(inputs: Inputs, ranking: Ranking) -> str:
    names = listed(map(inputs.label, ranking.proposed))
    if not ranking.proposed:
        return f"Nothing is proposed for {inputs.ward_name}."
    number = len(ranking.proposed)
    noun, be = ("priority", "is") if number == 1 else ("priorities", "are")
    open_places = inputs.seats - number
    left = f"; {count(open_places, 'place')} of {inputs.seats} stay open" if open_places else ""
    if open_places == 1:
        left = f"; 1 place of {inputs.seats} stays open"
    return f"{number} {noun} {be} proposed for {inputs.ward_name}: {names}{left}."


def _lead(inputs: Inputs, ranking: Ranking) -> str:
    poll = inputs.poll
    if poll is None or poll.turnout is None or not ranking.poll_only:
        return ""
    about = "" if poll.is_exact else "about "
    ballots = f"{about}{count(poll.turnout, 'ballot')}"
    return f"The ward poll counted on {day_of(poll.counted_at)} ({ballots}) leads."


def _owed(inputs: Inputs, ranking: Ranking) -> str:
    if not ranking.must_answer:
        return "No concern that is left out must be answered by rule."
    named = (
        f"{inputs.label(concern)} ({listed(reasons)})"
        for concern, reasons in ranking.must_answer.items()
    )
    return f"Left out, and to be answered in the decision: {'; '.join(named)}."


def _missing_polls(inputs: Inputs) -> list[str]:
    poll = inputs.poll
    if poll is None:
        return [f"Missing: no poll was counted {_since(inputs)}."]
    when = day_of(poll.counted_at)
    if poll.turnout is None:
        few = "had fewer than 10 ballots, so nothing of it is told or weighed"
        return [f"Missing: the poll counted on {when} {few}."]
    told = []
    if not poll.is_exact:
        few = "it had few ballots or all agreed; its figures are rounded to 5"
        told.append(f"Missing: the exact figures and reserves of the poll of {when}, as {few}.")
    return told + _missing_earlier(inputs.earlier_poll)


def _unheard(inputs: Inputs, ranking: Ranking) -> list[str]:
    """Name what a source put first for the whole borough, where its ward's mentions silence that.

    By the measure that would demand an answer if those mentions counted.
    """
    silenced = {source: inputs.mentions.get(source, Mentions()).unheard for source in VOICES}
    return [
        f"Not weighed: {SOURCE_WORDS[source]} raised {inputs.label(concern)} "
        f"{times(unheard[concern])} about the whole borough, but named concerns of the ward itself "
        "too, and those come first."
        for source, unheard in silenced.items()
        for concern in put_first(unheard)
        if concern not in ranking.proposed
    ]


def _missing_earlier(earlier: EarlierPoll | None) -> list[str]:
    if earlier is None:
        return ["Missing: an earlier poll of the ward, so no demand can stand in two polls."]
    if earlier.is_same_ward:
        return []
    when = day_of(earlier.finding.counted_at)
    other = f"the one counted on {when} was of {earlier.ward_name}, another ward"
    return [f"Missing: an earlier poll of this ward; {other}."]


def _since(inputs: Inputs) -> str:
    if inputs.since.year == EPOCH_YEAR:
        return "so far"
    return f"since {day_of(inputs.since)}"
