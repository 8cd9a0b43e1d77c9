"""Certificates against the definitions of Brill and Peters (2023), checked group by group."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain, combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.counting import Profile, certify_ejr_plus, certify_pjr_plus

OPTIONS = "abcde"
TICKS = st.sets(st.sampled_from(OPTIONS), min_size=1).map(frozenset)


def poll(*ballots: str) -> Profile:
    return Profile.from_ballots(OPTIONS, [tuple(ticks) for ticks in ballots])


def groups_of(ballots: list[frozenset[str]]) -> Iterator[tuple[frozenset[str], ...]]:
    sizes = range(1, len(ballots) + 1)
    return chain.from_iterable(combinations(ballots, size) for size in sizes)


def is_under_served(
    group: tuple[frozenset[str], ...], chosen: set[str], quota: Fraction, *, together: bool
) -> bool:
    common = frozenset.intersection(*group) - chosen
    served = [len(ballot & chosen) for ballot in group]
    reached = len(frozenset.union(*group) & chosen) if together else max(served)
    return bool(common) and len(group) >= (reached + 1) * quota


@settings(deadline=None)
@given(
    st.lists(TICKS, min_size=1, max_size=7), st.sets(st.sampled_from(OPTIONS)), st.integers(1, 5)
)
def test_certificates_agree_with_the_definitions(
    ballots: list[frozenset[str]], chosen: set[str], seats: int
) -> None:
    chosen = set(sorted(chosen)[:seats])
    quota = Fraction(len(ballots), seats)
    profile = Profile.from_ballots(OPTIONS, ballots)
    ejr = not any(is_under_served(g, chosen, quota, together=False) for g in groups_of(ballots))
    pjr = not any(is_under_served(g, chosen, quota, together=True) for g in groups_of(ballots))
    certificate = certify_pjr_plus(profile, chosen, seats)
    assert certify_ejr_plus(profile, chosen, seats).satisfied == ejr
    assert certificate is not None
    assert certificate.satisfied == pjr


def test_a_large_group_without_a_place_breaks_both_axioms() -> None:
    profile = poll(*["abc"] * 6, *["d"] * 3)
    certificate = certify_ejr_plus(profile, "abc", 3)
    worst = certificate.claims[0]
    assert not certificate.satisfied
    assert (worst.option, worst.level) == ("d", 1)
    assert worst.group == worst.threshold == 3
    assert worst.violated
    together = certify_pjr_plus(profile, "abc", 3)
    assert together is not None
    assert not together.satisfied


def test_one_voter_fewer_satisfies_and_the_claim_says_what_is_missing() -> None:
    certificate = certify_ejr_plus(poll(*["abc"] * 7, *["d"] * 2), "abc", 3)
    worst = certificate.claims[0]
    assert certificate.satisfied
    assert worst.option == "d"
    assert worst.group == 2
    assert worst.shortfall == 1


def test_ejr_plus_sees_what_pjr_plus_forgives() -> None:
    profile = poll("ae", "be")
    pjr = certify_pjr_plus(profile, "ab", 2)
    assert pjr is not None
    assert pjr.satisfied
    ejr = certify_ejr_plus(profile, "ab", 2)
    assert not ejr.satisfied
    assert (ejr.claims[0].option, ejr.claims[0].level) == ("e", 2)
    assert ejr.claims[0].group == 2


def test_there_is_a_claim_for_every_unchosen_option_and_the_nearest_comes_first() -> None:
    certificate = certify_ejr_plus(poll(*["a"] * 8, "b", *["c"] * 3, "d"), "a", 1)
    assert [claim.option for claim in certificate.claims] == ["c", "b", "d", "e"]
    assert certificate.claims[0].group == 3
    assert certificate.claims[-1].group == 0


def test_a_poll_without_voters_leaves_nobody_under_served() -> None:
    assert certify_ejr_plus(poll(), "", 2).satisfied


def test_pjr_plus_is_not_checked_for_very_many_places() -> None:
    options = [str(place) for place in range(12)]
    profile = Profile.from_ballots(options, [options])
    assert certify_pjr_plus(profile, options[:11], 11) is None
