"""Quotas by the clock alone: what is given, what is refused, what processes tell each other."""

import pytest

from app.domain.quotas import Addresses, Meter, Policy

READS = Policy("anonymous", 60, 3)
BALLOTS = Policy("ballots", 6, 60)


def given(meter: Meter, key: str, times: list[float]) -> int:
    return sum(meter.take(key, now).given for now in times)


def evenly(per_second: float, seconds: float, start: float = 0) -> list[float]:
    return [start + n / per_second for n in range(round(per_second * seconds))]


def test_refuses_beyond_what_may_come_at_once_and_says_when_the_next_may():
    meter = Meter(BALLOTS)
    standings = [meter.take("somebody", 1000.0) for _ in range(7)]
    assert [s.given for s in standings] == [True] * 6 + [False]
    assert [s.remaining for s in standings] == [5, 4, 3, 2, 1, 0, 0]
    assert [s.seconds for s in standings] == [10, 20, 30, 40, 50, 60, 10]
    assert not meter.take("somebody", 1009.9).given
    assert meter.take("somebody", 1010.0).given
    assert meter.take("somebody else", 1000.0).given


@pytest.mark.parametrize("per_second", [21, 40, 200, 1000])
def test_gives_the_burst_and_then_the_rate(per_second: int):
    total = given(Meter(READS), "192.0.2.1", evenly(per_second, 60))
    assert total == pytest.approx(min(per_second * 60, 60 + 20 * 60), abs=2)


def test_gives_everything_to_whoever_stays_below_the_rate():
    assert given(Meter(READS), "192.0.2.1", evenly(20, 120)) == 2400


def test_tells_the_policy_and_the_standing_as_structured_fields():
    standing = Meter(READS).take("192.0.2.1", 5.0)
    assert standing.told() == (
        (b"ratelimit-policy", b'"anonymous";q=60;w=3'),
        (b"ratelimit", b'"anonymous";r=59;t=1'),
    )


def test_counts_an_ipv6_network_and_an_ipv4_address_as_one_caller():
    addresses = Addresses(most=3)
    assert addresses.network_of("192.0.2.7") == "192.0.2.7"
    assert addresses.network_of("::ffff:192.0.2.7") == "192.0.2.7"
    home = {addresses.network_of(f"2001:db8:0:1::{n}") for n in range(1, 9)}
    assert home == {"2001:0db8:0000:0001::/64"}
    assert addresses.network_of("2001:db8:0:2::1") not in home
    assert addresses.network_of("not:an:address") == "not:an:address"


def test_forgets_keys_whose_quota_is_back_before_any_other():
    meter = Meter(BALLOTS, most_keys=10)
    given(meter, "busy", [0.0] * 6)
    for n in range(40):
        meter.take(f"voter-{n}", n * 1.5)
    standings = [meter.take(key, 60.0).remaining for key in ("busy", "voter-39", "voter-38")]
    assert standings == [5, 4, 4]


class Table:
    """What processes share, by one clock; the table of the database without the database."""

    def __init__(self) -> None:
        self.full_at: dict[str, float] = {}

    def exchange(self, meter: Meter, now: float) -> int:
        told = meter.report(now)
        for key, units in told.items():
            start = max(self.full_at.get(key, 0), now)
            self.full_at[key] = start + units * meter.policy.interval_s
        meter.learn(told, {key: self.full_at[key] - now for key in told}, now)
        return len(told)


def together(processes: int, per_second: float, seconds: int, *, share: bool = True) -> int:
    """Return what processes give one caller who spreads requests over all of them."""
    table, rest = Table(), 0.2
    meters = [Meter(READS, processes=processes) for _ in range(processes)]
    total, shared_at = 0, 0.0
    for number, now in enumerate(evenly(per_second, seconds)):
        if share and now - shared_at >= rest:
            shared_at = now
            for meter in meters:
                table.exchange(meter, now)
        total += meters[number % processes].take("192.0.2.1", now).given
    return total


@pytest.mark.parametrize("processes", [2, 4, 8])
@pytest.mark.parametrize("per_second", [30, 40, 80, 160, 1000])
def test_processes_give_together_what_one_would_give(processes: int, per_second: int):
    assert together(processes, per_second, 60) == pytest.approx(1260, rel=0.05)


def test_processes_that_do_not_share_give_too_much():
    """The control: without the exchange the accuracy test above would fail."""
    assert together(2, 80, 60, share=False) > 1260 * 1.5


def test_ordinary_use_is_told_to_nobody():
    meter, table = Meter(READS, processes=2), Table()
    asked = 0
    for now in evenly(2, 60):
        assert meter.take("192.0.2.1", now).given
        asked += table.exchange(meter, now)
    assert asked == 0


def test_a_caller_who_calmed_down_is_no_longer_told_about():
    meter, table = Meter(READS, processes=2), Table()
    given(meter, "192.0.2.1", evenly(50, 10))
    assert meter.busy
    for now in (10.0, 12.0, 14.0, 16.0):
        table.exchange(meter, now)
    assert not meter.busy


def test_a_report_that_got_lost_is_told_again():
    meter = Meter(READS, processes=2)
    given(meter, "192.0.2.1", [0.0] * 40)
    lost = meter.report(0.1)
    meter.take_back(lost)
    assert meter.report(0.1) == lost


def test_in_doubt_a_process_gives_no_more_than_its_fair_share():
    meter = Meter(BALLOTS, processes=3)
    meter.rely_on_shares(agreed=False)
    assert given(meter, "somebody", evenly(1, 600)) == pytest.approx(600 / 10 / 3, abs=2)
    meter.rely_on_shares(agreed=True)
    assert given(meter, "somebody else", [1000.0] * 9) == 6
