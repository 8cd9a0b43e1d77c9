"""What the poll alone would propose, what all else alone would, and what the two make together."""

from typing import Any

from app.domain.english import listed, ordinal
from app.domain.refresh_proposals import Ranking
from app.domain.refresh_words import support_words
from app.domain.refreshes import Inputs

Record = dict[str, Any]


def comparison_record(inputs: Inputs, ranking: Ranking) -> Record:
    """Return the three lists, whether they differ, and why each concern stands where it does."""
    return {
        "poll_only": list(ranking.poll_only),
        "other_inputs_only": list(ranking.others_only),
        "all_inputs": list(ranking.proposed),
        "poll_differs_from_all": ranking.poll_only != ranking.proposed,
        "poll_differs_from_others": ranking.poll_only != ranking.others_only,
        "says": comparison_words(inputs, ranking),
        "differences": _differences(inputs, ranking) if ranking.poll_only else [],
    }


def comparison_words(inputs: Inputs, ranking: Ranking) -> str:
    """Return the comparison in two or three sentences."""
    others = _list(inputs, ranking.others_only)
    if not ranking.poll_only:
        told = "No poll leads, so there is no list by the poll alone"
        if not ranking.others_only:
            return f"{told}, and the other inputs give no points either."
        return f"{told}; what is proposed comes from the other inputs."
    polled = _list(inputs, ranking.poll_only)
    opening = f"The poll alone would propose {polled}"
    if not ranking.others_only:
        return f"{opening}; no other input gives points, so all inputs together say the same."
    if ranking.poll_only == ranking.others_only:
        return f"{opening}, and so would the other inputs alone, in the same order."
    return f"{opening}; the other inputs alone, {others}. {_together(inputs, ranking)}"


def _together(inputs: Inputs, ranking: Ranking) -> str:
    if ranking.poll_only == ranking.proposed:
        return "Together they make the poll's list, because it fills every place and goes first."
    filled = [c for c in ranking.proposed if c not in ranking.poll_only]
    be = "fills the place" if len(filled) == 1 else "fill the places"
    return f"Together, {_list(inputs, tuple(filled))} {be} that the poll left open."


def _list(inputs: Inputs, concerns: tuple[str, ...]) -> str:
    return listed(map(inputs.label, concerns))


def _differences(inputs: Inputs, ranking: Ranking) -> list[Record]:
    lists = (ranking.poll_only, ranking.others_only, ranking.proposed)
    named = dict.fromkeys(concern for one in lists for concern in one)
    found = []
    for concern in named:
        polled, others, together = (_rank(concern, one) for one in lists)
        if polled != others or polled != together:
            found.append(
                {
                    "concern": concern,
                    "label": inputs.label(concern),
                    "poll_only_rank": polled,
                    "other_inputs_only_rank": others,
                    "all_inputs_rank": together,
                    "says": _difference(inputs, ranking, concern),
                }
            )
    return found


def _rank(concern: str, order: tuple[str, ...]) -> int | None:
    return order.index(concern) + 1 if concern in order else None


def _difference(inputs: Inputs, ranking: Ranking, concern: str) -> str:
    label = inputs.label(concern)
    parts = [_by_poll(inputs, concern), _by_others(ranking, concern)]
    return f"{label}: {'; '.join(parts)}. {_verdict(inputs, ranking, concern)}"


def _verdict(inputs: Inputs, ranking: Ranking, concern: str) -> str:
    if concern in ranking.proposed:
        return f"It is proposed {ordinal(ranking.proposed.index(concern) + 1)}."
    if len(ranking.poll_only) < inputs.seats:
        return "It is not proposed: the poll goes first, and others took the places it left open."
    return "It is not proposed, because the poll goes first."


def _by_poll(inputs: Inputs, concern: str) -> str:
    poll = inputs.poll
    if poll is None:
        return "no poll was counted"
    if concern in poll.ranking:
        return f"the poll ranks it {ordinal(poll.ranking.index(concern) + 1)}"
    if not poll.ranking:
        return "the poll was too small to be told"
    asked = concern in poll.options
    return "the poll did not choose it" if asked else "the poll did not ask about it"


def _by_others(ranking: Ranking, concern: str) -> str:
    if not ranking.score[concern]:
        return "no other input gives it points"
    if concern in ranking.others_only:
        place = ordinal(ranking.others_only.index(concern) + 1)
    else:
        place = f"outside the first {len(ranking.others_only)}"
    return f"the other inputs alone put it {place}, with {support_words(ranking, concern)}"
