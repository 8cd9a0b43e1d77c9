"""How a concern stood in the poll: asked about or not, beside whom, how close."""

from fractions import Fraction

from app.domain.counting.words import decimal
from app.domain.english import count, ordinal
from app.domain.refresh_input_words import voted
from app.domain.refresh_polls import Contest, PollFinding
from app.domain.refreshes import Inputs

MEASURES = {
    "load": "each supporter would have carried {0} of that place for {1} and {2} for {3}, and the "
    "least goes first",
    "completion": "each supporter would have carried {0} of that place for {1} and {2} for {3}, "
    "and the least goes first",
    "price": "{1} could be had for {0} of its cost from each supporter and {3} for {2}, and the "
    "least goes first",
}
PROPORTIONAL = frozenset({"phragmen", "equal_shares", "pav"})
ROUNDED = (
    "A poll with few ballots, or in which all agreed, tells its counts only to the nearest 5 and "
    "the steps of the count not at all, so that nobody's ballot shows. What it chose, and in which "
    "order, is exact: its rule decided that by the ballots as they were cast."
)


def asked_words(poll: PollFinding | None, concern: str) -> list[str]:
    """Say of a concern that a poll did not rank whether it asked about it and who ticked it."""
    if poll is None or concern in poll.ranking:
        return []
    if concern not in poll.options:
        return ["The poll did not ask about it."]
    if poll.turnout is None:
        few = "but had fewer than 10 ballots, so what it said is neither told nor weighed"
        return [f"The poll asked about it, {few}."]
    return [f"The poll asked about it and did not choose it: {voted(poll, concern)} ticked it."]


def votes_beside(inputs: Inputs, poll: PollFinding, concern: str) -> str:
    """Compare the ticks of a concern left out with those of the last one proposed."""
    last = poll.ranking[min(inputs.seats, len(poll.ranking)) - 1]
    mine, theirs = poll.votes.get(concern), poll.votes.get(last)
    told = f"{voted(poll, concern)} ticked it and {voted(poll, last)} {inputs.label(last)}"
    told = told[:1].upper() + told[1:]
    if not poll.is_exact:
        level = ", so which of the two had more is not told" if mine == theirs else ""
        return f"{told}{level}. {ROUNDED}"
    if mine is None or theirs is None:
        return f"{told}."
    if mine > theirs and poll.rule in PROPORTIONAL:
        return (
            f"{told}, {mine - theirs} fewer. The rule is proportional: it does not count ticks "
            "alone, but lets voters who have no place yet weigh more than those who have one."
        )
    gap = "as many" if mine == theirs else f"{abs(theirs - mine)} more"
    return f"{told}, {gap}."


def contest_words(inputs: Inputs, poll: PollFinding, concern: str) -> list[str]:
    """Say how close the step was in which a concern won its place, or the last one passed it by."""
    contest = poll.contests.get(concern)
    if contest is None:
        return []
    other = contest.lost_by if contest.taken_by == concern else contest.taken_by
    nearest = (
        f"Of those the poll did not choose, {inputs.label(other)} came nearest: "
        if contest.taken_by == concern
        else f"When the {ordinal(contest.place)} place was given, "
    )
    told = [part for part in (_amounts(inputs, contest), _distance(inputs, contest)) if part]
    return [f"{nearest}{'; '.join(told)}."] if told else []


def _amounts(inputs: Inputs, contest: Contest) -> str:
    pattern = MEASURES.get(contest.measure)
    if pattern is None or contest.lost_at is None or contest.lost_at == contest.taken_at:
        return ""
    mine, theirs = Fraction(contest.taken_at), Fraction(contest.lost_at)
    return pattern.format(
        decimal(mine, apart_from=theirs),
        inputs.label(contest.taken_by),
        decimal(theirs, apart_from=mine),
        inputs.label(contest.lost_by),
    )


def _distance(inputs: Inputs, contest: Contest) -> str:
    taken, lost = inputs.label(contest.taken_by), inputs.label(contest.lost_by)
    if contest.ballots is None:
        return ""
    if not contest.ballots:
        return f"{taken} and {lost} were level, and the tie-break frozen before the vote decided"
    moved = count(contest.ballots, "ballot")
    return (
        f"{moved} for {lost} alone instead of {taken} alone would have made them level in that step"
    )
