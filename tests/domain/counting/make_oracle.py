"""Make `oracle.json.gz`: random profiles with every tied committee of abcvoting's rules.

Not run by the tests. In a throw-away environment: `pip install abcvoting==2.19.2`, then
`python tests/domain/counting/make_oracle.py tests/domain/counting/oracle.json.gz`.

Each case is [options, places, [[mask, "weight"], ...], {rule: [mask of a committee, ...]}].
"""

import gzip
import json
import random
import sys
from fractions import Fraction
from pathlib import Path

from abcvoting import abcrules
from abcvoting.preferences import Profile, Voter

CASES = 1_500
MOST_COMMITTEES = 30
SOLVERS = {
    "approval": ("av", "standard"),
    "pav": ("pav", "brute-force"),
    "sequential_pav": ("seqpav", "standard"),
    "phragmen": ("seqphragmen", "standard-fractions"),
    "equal_shares": ("equal-shares", "standard-fractions"),
}


def draw_ballots(rng: random.Random, options: int) -> dict[int, Fraction]:
    """Draw distinct ballots: uniform, popular or in blocs; weights one, whole or fractional."""
    taste = rng.choice(("uniform", "popular", "blocs"))
    kind = rng.choice(("one", "whole", "fraction"))
    ballots: dict[int, Fraction] = {}
    for _ in range(rng.randint(3, 25)):
        chances = [1.0] * options
        if taste == "popular":
            chances = [1 / (place + 1) for place in range(options)]
        if taste == "blocs":
            half = rng.random() < 0.6
            chances = [6.0 if (place < options // 2) == half else 0.5 for place in range(options)]
        ticks = rng.choices(range(options), chances, k=rng.randint(1, min(5, options)))
        mask = sum(1 << tick for tick in set(ticks))
        weight = {
            "one": Fraction(1),
            "whole": Fraction(rng.randint(1, 40)),
            "fraction": Fraction(rng.randint(1, 60), rng.choice((1, 2, 3, 5, 8))),
        }[kind]
        ballots[mask] = ballots.get(mask, Fraction(0)) + weight
    return ballots


def ask(ballots: dict[int, Fraction], options: int, seats: int) -> dict[str, list[int]]:
    """Ask abcvoting for every tied committee of every rule."""
    profile = Profile(options)
    for mask, weight in ballots.items():
        approved = [option for option in range(options) if mask >> option & 1]
        exact = int(weight) if weight.denominator == 1 else weight
        profile.add_voter(Voter(approved, weight=exact))
    answers = {}
    for name, (rule, algorithm) in SOLVERS.items():
        committees = abcrules.compute(
            rule,
            profile,
            seats,
            algorithm=algorithm,
            resolute=False,
            max_num_of_committees=MOST_COMMITTEES + 1,
        )
        answers[name] = sorted(sum(1 << option for option in group) for group in committees)
    return answers


def is_usable(answers: dict[str, list[int]], supported: int) -> bool:
    """Leave out cases with very many ties, and those where the oracle itself is wrong.

    abcvoting gives an option without support the load places + 1, which it then prefers to an
    option so little supported that its load is larger (seen with total weights below 1).
    """
    few = max(map(len, answers.values())) <= MOST_COMMITTEES
    return few and not any(group & ~supported for groups in answers.values() for group in groups)


def make_cases() -> list[object]:
    """Make the cases; those with too little support to fill the places are left out."""
    rng = random.Random(20260)
    cases: list[object] = []
    while len(cases) < CASES:
        options = rng.randint(3, 12)
        seats = rng.randint(1, min(5, options))
        ballots = draw_ballots(rng, options)
        supported = 0
        for mask in ballots:
            supported |= mask
        if supported.bit_count() < seats:
            continue
        answers = ask(ballots, options, seats)
        if is_usable(answers, supported):
            written = [[mask, str(weight)] for mask, weight in sorted(ballots.items())]
            cases.append([options, seats, written, answers])
    return cases


def main(path: str) -> None:
    """Write the cases with no time stamp, so that the same cases make the same file."""
    oracle = {"made_by": "make_oracle.py with abcvoting 2.19.2", "cases": make_cases()}
    text = json.dumps(oracle, separators=(",", ":"))
    Path(path).write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))


if __name__ == "__main__":
    main(sys.argv[1])
