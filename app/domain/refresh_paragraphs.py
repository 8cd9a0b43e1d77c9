"""One paragraph for each candidate: why this and not that, from the figures and nothing else."""

from app.domain.english import count, day_of, listed, mixed, ordinal, points, sentence
from app.domain.refresh_contests import ROUNDED, asked_words, contest_words, votes_beside
from app.domain.refresh_input_words import RAISED, input_record, voted
from app.domain.refresh_polls import EarlierPoll, PollFinding
from app.domain.refresh_proposals import Ranking, total_mentions
from app.domain.refresh_words import support_words
from app.domain.refreshes import VOICES, Inputs, Mentions, Source

TOLD_IN_FULL = (Source.CRIME, Source.OUTGOING)


def paragraph(inputs: Inputs, ranking: Ranking, concern: str) -> str:
    """Return the whole account of one candidate: verdict and rival, evidence, what is owed."""
    name = inputs.label(concern)
    if concern in ranking.proposed:
        place = ranking.proposed.index(concern) + 1
        parts = [f"{name} is proposed as priority {place}.", *_taken(inputs, ranking, concern)]
    else:
        parts = [f"{name} is not proposed.", *_passed_over(inputs, ranking, concern)]
    parts += _evidence(inputs, ranking, concern)
    parts += _demand(inputs, ranking, concern)
    return " ".join(parts)


def rival_of(ranking: Ranking, concern: str) -> str | None:
    """Return what took the last place from a concern left out, or came next after one proposed."""
    if concern not in ranking.proposed:
        return ranking.proposed[-1] if ranking.proposed else None
    return next((other for other in ranking.order if other not in ranking.proposed), None)


def _taken(inputs: Inputs, ranking: Ranking, concern: str) -> list[str]:
    poll = inputs.poll
    if poll is not None and concern in poll.ranking:
        rank = ordinal(poll.ranking.index(concern) + 1)
        chose = "and chose it" if concern in poll.chosen else "as a reserve"
        ranked = f"The poll ranked it {rank} of {len(poll.options)} {chose}"
        told = [f"{ranked}: {voted(poll, concern)} ticked it."]
        told += [] if poll.is_exact else [ROUNDED]
        return told + contest_words(inputs, poll, concern)
    opening = "The poll left a place open, and among the rest it" if ranking.poll_only else "It"
    told = [*asked_words(poll, concern), f"{opening} has {support_words(ranking, concern)}."]
    rival = rival_of(ranking, concern)
    if rival is not None:
        opening = f"The first left out is {inputs.label(rival)},"
        told.append(_beside(inputs, ranking, (rival, concern), opening))
    return told + _level_above(inputs, ranking, concern)


def _level_above(inputs: Inputs, ranking: Ranking, concern: str) -> list[str]:
    """Say what decided between two proposed concerns that are level in points."""
    place = ranking.proposed.index(concern)
    polled = inputs.poll.ranking if inputs.poll else ()
    for beside in (place - 1, place + 1):
        if 0 <= beside < len(ranking.proposed):
            other = ranking.proposed[beside]
            if other not in polled and ranking.score[other] == ranking.score[concern]:
                return [f"{inputs.label(other)} has as many, and {_tie(inputs, other, concern)}."]
    return []


def _passed_over(inputs: Inputs, ranking: Ranking, concern: str) -> list[str]:
    last = rival_of(ranking, concern)
    poll, place = inputs.poll, ordinal(len(ranking.proposed))
    asked = asked_words(poll, concern)
    if last is None or len(ranking.proposed) < inputs.seats:
        return [*asked, "Nothing gives it points, so it takes no place although one is open."]
    if poll is not None and last in poll.ranking:
        return _below_in_poll(inputs, ranking, poll, concern)
    if not ranking.score[concern]:
        taken = f"{inputs.label(last)} took the last place, {place}, with"
        given = support_words(ranking, last)
        return [*asked, f"Nothing gives it points; {taken} {given}."]
    given = support_words(ranking, concern)
    taken = f"{inputs.label(last)} took the last place, {place},"
    return [*asked, f"It has {given}.", _beside(inputs, ranking, (last, concern), taken)]


def _below_in_poll(inputs: Inputs, ranking: Ranking, poll: PollFinding, concern: str) -> list[str]:
    last, places = ranking.proposed[-1], count(inputs.seats, "place")
    taken = f"{inputs.label(last)} took the last of the {places}, {ordinal(len(ranking.proposed))}"
    if inputs.seats == 1:
        taken = f"{inputs.label(last)} took the only place"
    if concern not in poll.options:
        told = [f"The poll did not ask about it, and what the poll ranked goes first: {taken}."]
    elif concern in poll.ranking:
        rank = f"{ordinal(poll.ranking.index(concern) + 1)} of {len(poll.options)}"
        told = [f"The poll ranked it {rank}, and {taken}.", votes_beside(inputs, poll, concern)]
    else:
        ranked = "rank" if poll.is_exact else "choose"
        told = [f"The poll did not {ranked} it, and {taken}.", votes_beside(inputs, poll, concern)]
    told += contest_words(inputs, poll, concern)
    if ranking.score[concern]:
        alone = (
            f", {ordinal(ranking.others_only.index(concern) + 1)} if they alone decided"
            if concern in ranking.others_only
            else ""
        )
        told.append(
            f"The other inputs give it {support_words(ranking, concern)}{alone}, but they order "
            "only what the poll leaves open."
        )
    return told


def _beside(inputs: Inputs, ranking: Ranking, pair: tuple[str, str], opening: str) -> str:
    """Compare the points of two concerns, and say what decided where they are level."""
    other, concern = pair
    mine, theirs = ranking.score[concern], ranking.score[other]
    given = f"{opening} with {support_words(ranking, other)}"
    if mine != theirs:
        gap = points(abs(mine - theirs))
        return f"{given}; that is {gap} {'more' if theirs > mine else 'less'}."
    return f"{given}; the two are level, and {_tie(inputs, other, concern)}."


def _tie(inputs: Inputs, one: str, two: str) -> str:
    first, second = total_mentions(inputs, one), total_mentions(inputs, two)
    names = inputs.label(one), inputs.label(two)
    if first != second:
        return (
            f"more mentions go first: of those that count here {names[0]} has {_number(first)} and "
            f"{names[1]} {_number(second)}"
        )
    order = [fact.slug for fact in inputs.concerns]
    ahead = names[0] if order.index(one) < order.index(two) else names[1]
    return (
        f"their mentions are level too ({_number(first)} each); {ahead} goes first in the fixed "
        "list"
    )


def _number(mentions: int) -> str:
    return str(mentions) if mentions else "none"


def _evidence(inputs: Inputs, ranking: Ranking, concern: str) -> list[str]:
    told: list[str] = []
    silent: list[Source] = []
    for source in (*VOICES, *TOLD_IN_FULL, Source.DOCUMENTS):
        found = input_record(inputs, ranking, source, concern)
        if found["found"]:
            told.append(str(found["says"]))
        elif source in VOICES:
            silent.append(source)
    spoke = [source for source in silent if inputs.mentions.get(source, Mentions()).records]
    if spoke:
        told.append(f"It was not raised {listed((RAISED[s][0] for s in spoke), 'or')}.")
    absent = [RAISED[source][1] for source in silent if source not in spoke]
    if absent:
        told.append(f"There was no {listed(absent, 'or')} that could have named it.")
    return told


def _demand(inputs: Inputs, ranking: Ranking, concern: str) -> list[str]:
    owed = ranking.must_answer.get(concern, ())
    told = [f"The decision must answer it, because {listed(owed)}."] if owed else []
    return told + _once(inputs, concern)


def _once(inputs: Inputs, concern: str) -> list[str]:
    """Say of a demand in one poll why it does not stand in two."""
    poll, earlier = inputs.poll, inputs.earlier_poll
    if poll is None or not poll.demands(concern):
        return []
    why_not = why_not_twice(earlier, concern)
    if why_not is None:
        return []
    threshold = mixed(poll.supports[concern].threshold)
    rule = f"which is n/(k+1) for {count(poll.seats, 'place')}"
    told = f"More than {threshold} voters ticked it, {rule}, and it was not chosen."
    again = "If it is so again in the next poll, it must be answered."
    return [f"{told} {sentence(why_not)} {again}"]


def why_not_twice(earlier: EarlierPoll | None, concern: str) -> str | None:
    """Say why the poll before does not make a demand stand twice; `None` when it does."""
    if earlier is None:
        return "it is the ward's first counted poll, so this is the first time"
    poll, when = earlier.finding, day_of(earlier.finding.counted_at)
    if not earlier.is_same_ward:
        return f"the poll before, counted on {when}, was of {earlier.ward_name}, another ward"
    short = _fell_short(poll, concern)
    return f"in the poll before, counted on {when}, {short}" if short else None


def _fell_short(poll: PollFinding, concern: str) -> str | None:
    if concern not in poll.options:
        return "it was not asked about"
    if poll.turnout is None:
        return "fewer than 10 voted, so what they ticked is not told"
    if concern in poll.chosen:
        return "it was chosen"
    surely = "" if poll.is_exact else "surely "
    told = f"{voted(poll, concern)} ticked it, not {surely}more than n/(k+1)"
    return None if poll.demands(concern) else told
