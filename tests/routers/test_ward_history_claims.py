"""The history of a ward: when its promises turned, and what was done about disputes of it."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.dependencies import unit_of_work
from app.domain.commitments import STATUS_WORDS, Status
from app.domain.ward_history import HistoryKind
from app.models.commitments import CommitmentCheck, CommitmentRun
from app.models.disputes import Dispute
from tests import disputing, priorities
from tests.commitment_cards import changes, check, whole_team
from tests.disputing import ANSWER, REDACTED, TEXT, UPHELD, act, dispute_of, filed
from tests.factories import A1, A2, A3, ALDER, B1
from tests.polling import leader_of, made
from tests.routers import event_samples
from tests.routers.conftest import Clock
from tests.routers.test_ward_history import PATH, history, kinds, statements_for
from tests.support import Api

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 6, 10, 12, tzinfo=UTC)
TODAY = date(2026, 6, 10)
TURNED = "?kind=commitment_changed"
STEPS = "".join(
    f"{'&' if number else '?'}kind={kind}"
    for number, kind in enumerate(kind for kind in HistoryKind if kind.startswith("dispute_"))
)
REJECTED = {"decision": "rejected", "reason": "The log shows four evenings."}


def of(ward: str) -> str:
    return f"/v1/wards/{ward}/history"


async def find(api: Api, *rows: dict[str, Any], first: int = 1) -> None:
    """Write a run that found these rows, numbered from `first` on."""
    async with unit_of_work(api.app.state.database, api.app.state.answers) as session:
        run = CommitmentRun(
            number=first,
            as_of=TODAY,
            checked_at=NOON,
            rule_version=1,
            lines=len(rows),
            changed=len(rows),
            asked_by="synthetic",
        )
        session.add(run)
        await session.flush()
        session.add_all(_row(run, position, row) for position, row in enumerate(rows, first))


def _row(run: CommitmentRun, position: int, row: dict[str, Any]) -> CommitmentCheck:
    facts = {
        "commitment": "C01",
        "reading": "posted",
        "scope": "ward",
        "area_code": A1,
        "status": "breached",
        "previous_status": "met",
        "since": TODAY,
        "since_kind": "dated",
        "finding": f"Finding {position}.",
    }
    return CommitmentCheck(
        run_id=run.id,
        position=position,
        as_of=run.as_of,
        checked_at=run.checked_at,
        rule_version=run.rule_version,
        evidence=[],
        **{**facts, **row},
    )


async def walked(api: Api, path: str, limit: int) -> list[dict[str, Any]]:
    seen: list[dict[str, Any]] = []
    following: str | None = f"{path}{'&' if '?' in path else '?'}limit={limit}"
    while following:
        page = (await api.get(following)).json()
        seen += page["items"]
        following = page["next"]
    return seen


async def test_tells_of_the_runs_what_the_feed_of_changes_tells(api: Api, clock: Clock) -> None:
    clock.set(NOON)
    leader = await leader_of(api)
    await check(api)
    assert await history(api, TURNED) == [], "a first finding is no change"
    await whole_team(leader)
    clock.set(NOON + timedelta(days=1))
    await check(api)
    await check(api)
    told = await history(api, TURNED)
    found = {str(one["position"]): one for one in await changes(api, area=A1)}
    assert len(told) == len(found) > 2
    for entry in told:
        change = found[entry["id"]]
        assert entry["on"] == change["since"]
        before, after = (STATUS_WORDS[Status(change[f"{n}_status"])] for n in ("old", "new"))
        assert f"({change['commitment']}" in entry["says"]
        assert f" went from {before} to {after}. {change['finding']}" in entry["says"]
        (shown, *_) = (await api.get(entry["url"])).json()["items"]
        assert (shown["commitment"], shown["area"]["code"]) == (change["commitment"], A1)
    (posted,) = [entry for entry in told if "(C01, posted)" in entry["says"]]
    assert posted["on"] == "2024-02-01"
    assert posted["says"].endswith(" Found on 11 June 2026.")


async def test_tells_no_first_finding_no_unchanged_one_none_of_elsewhere_and_none_ahead(
    api: Api, clock: Clock
) -> None:
    clock.set(NOON)
    await find(
        api,
        {"previous_status": None},
        {"previous_status": "breached"},
        {"area_code": A2},
        {"area_code": ALDER, "scope": "borough"},
        {"since": TODAY + timedelta(days=1)},
        {"since": TODAY},
    )
    (told,) = await history(api, TURNED)
    assert told["id"] == "6"
    assert told["says"] == (
        "“Two dedicated ward officers and a PCSO in every ward” (C01, posted) "
        "went from kept to broken. Finding 6."
    )
    clock.set(NOON + timedelta(days=1))
    assert [entry["id"] for entry in await history(api, TURNED)] == ["5", "6"]
    assert [entry["id"] for entry in await history(api, TURNED, of(A2))] == ["3"]


@pytest.mark.parametrize("limit", [1, 2, 3])
async def test_pages_through_changes_of_one_day_in_the_order_of_their_numbers(
    api: Api, clock: Clock, limit: int
) -> None:
    clock.set(NOON)
    earlier = {"since": TODAY - timedelta(days=1)}
    await find(api, *[{}, {}, {}, {}], earlier, *[{}, {}], first=7)
    whole = await history(api)
    assert [entry["id"] for entry in whole if entry["kind"] == "commitment_changed"] == [
        *("13", "12", "10", "9", "8", "7", "11"),
    ]
    assert await walked(api, PATH, limit) == whole


async def test_takes_a_promise_that_the_register_dropped_by_its_code(
    api: Api, clock: Clock
) -> None:
    clock.set(NOON)
    await find(api, {"commitment": "C99", "reading": "as_written"})
    (told,) = await history(api, TURNED)
    assert told["says"].startswith("A promise (C99) went from kept to broken.")


async def test_tells_each_step_of_a_dispute_and_the_words_only_once_answered(
    api: Api, clock: Clock
) -> None:
    clock.set(NOON)
    officer, priority = await disputing.ended_priority(api)
    _, dispute = await filed(api, dispute_of(priority, evidence_url="https://diary.example/"))
    for caller in (api, officer):
        (told,) = await history(caller, STEPS)
        assert (told["kind"], told["url"]) == ("dispute_filed", f"/v1/disputes/{dispute['id']}")
        assert told["says"] == "A resident disputed how “About burglary” (Burglary) ended."
        assert told["concerns"] == ["burglary"]
    clock.set(NOON + timedelta(hours=73))
    await act(officer, dispute, "answer", ANSWER)
    clock.set(NOON + timedelta(hours=80))
    await act(await api.as_("admin"), dispute, "decision", UPHELD)
    what = "how “About burglary” (Burglary) ended"
    answered = f"The team answered the dispute of {what} after 73 hours, later than was due"
    assert [(entry["kind"], entry["says"]) for entry in await history(api, STEPS)] == [
        ("dispute_upheld", f"The dispute of {what} was upheld: “{UPHELD['reason']}”"),
        ("dispute_answered", f"{answered}: “{ANSWER['answer']}”"),
        ("dispute_filed", f"A resident disputed {what}: “{TEXT}”"),
    ]


async def test_tells_no_word_left_out_and_nobody_s_name(api: Api, clock: Clock) -> None:
    clock.set(NOON)
    officer, priority = await disputing.ended_priority(api)
    resident, dispute = await filed(api, dispute_of(priority))
    left_out = {"redacted_text": REDACTED, "redaction_reason": "It names a neighbour."}
    clock.set(NOON + timedelta(hours=1))
    await act(officer, dispute, "answer", {**ANSWER, **left_out})
    for caller in (api, officer, resident):
        told = await history(caller, STEPS)
        assert kinds(told) == ["dispute_answered", "dispute_filed"]
        assert told[1]["says"].endswith(f": “{REDACTED}”")
        assert " after 1 hour: “" in told[0]["says"]
        page = (await caller.get(f"{PATH}{STEPS}")).text
        async with api.app.state.database.reading() as session:
            row = await session.get_one(Dispute, UUID(dispute["id"]))
        assert row.filer is not None
        for secret in (row.filer.hex(), row.answered_by, "Sam Sample"):
            assert secret
            assert secret not in page


@pytest.mark.parametrize("answered", [True, False])
async def test_tells_a_withdrawal_and_no_words_after_it(
    api: Api, clock: Clock, *, answered: bool
) -> None:
    clock.set(NOON)
    officer, priority = await disputing.ended_priority(api)
    resident, dispute = await filed(api, dispute_of(priority))
    clock.set(NOON + timedelta(hours=1))
    if answered:
        await act(officer, dispute, "answer", ANSWER)
        assert TEXT in (await api.get(PATH)).text
    clock.set(NOON + timedelta(hours=2))
    await act(resident, dispute, "withdrawal")
    told = await history(api, STEPS)
    between = ["dispute_answered"] if answered else []
    assert kinds(told) == ["dispute_withdrawn", *between, "dispute_filed"]
    assert told[0]["says"] == "The dispute of how “About burglary” (Burglary) ended was withdrawn."
    assert "mews" not in (await api.get(PATH)).text


async def test_tells_a_rejection_and_picks_steps_by_kind_and_day(api: Api, clock: Clock) -> None:
    clock.set(NOON)
    officer, priority = await disputing.ended_priority(api)
    _, dispute = await filed(api, dispute_of(priority))
    clock.set(NOON + timedelta(days=1))
    await act(officer, dispute, "answer", ANSWER)
    clock.set(NOON + timedelta(days=2))
    await act(await api.as_("admin"), dispute, "decision", REJECTED)
    for kind in ("dispute_filed", "dispute_answered", "dispute_rejected"):
        assert kinds(await history(api, f"?kind={kind}")) == [kind]
    for kind in ("dispute_upheld", "dispute_withdrawn"):
        assert await history(api, f"?kind={kind}") == []
    assert kinds(await history(api, f"{STEPS}&from=2026-06-11&to=2026-06-12")) == [
        "dispute_answered"
    ]
    clock.set(NOON + timedelta(hours=1))
    assert kinds(await history(api, STEPS)) == ["dispute_filed"], "what is still to come"


@pytest.mark.parametrize(
    ("wards", "told_in"),
    [([A1], {A1}), ([A1, A2], {A1, A2}), ([], {A1, A2, A3})],
    ids=["one", "two", "whole borough"],
)
async def test_tells_a_dispute_of_an_event_in_every_ward_that_tells_the_event(
    api: Api, clock: Clock, wards: list[str], told_in: set[str]
) -> None:
    clock.set(NOON - timedelta(days=1))
    leader = await leader_of(api)
    await event_samples.held(leader, clock, NOON, wards=wards)
    (event,) = (await leader.get("/v1/events")).json()["items"]
    _, dispute = await filed(api, dispute_of(event["id"], "event_record"))
    for ward in (A1, A2, A3, B1):
        told = await history(api, STEPS, of(ward))
        assert [entry["url"] for entry in told] == (
            [f"/v1/disputes/{dispute['id']}"] if ward in told_in else []
        )
        held = await history(api, "?kind=event_held", of(ward))
        assert len(held) == len(told)
        for entry in told:
            assert entry["says"] == (
                "A resident disputed what is on record of “Meet the fictional ward team”."
            )


async def test_tells_a_dispute_of_a_promise_to_the_ward_and_none_to_its_borough_or_london(
    api: Api, clock: Clock
) -> None:
    clock.set(NOON)
    await check(api)
    for area in ("london", ALDER, A1):
        await filed(api, disputing.of_commitment(area, as_of="2026-06-10"))
    (told,) = await history(api, STEPS)
    assert told["says"] == (
        "A resident disputed how “Two dedicated ward officers and a PCSO in every ward” (C01) "
        "stood on 10 June 2026."
    )
    assert await history(api, STEPS, of(A2)) == []


async def dispute_all(api: Api, clock: Clock, officer: Api, claims: Sequence[str]) -> None:
    """Let the outcomes of these priorities be disputed, answered and decided, hour by hour."""
    admin = await api.as_("admin")
    for number, priority in enumerate(claims):
        clock.set(NOON + timedelta(hours=3 * number))
        path = f"/v1/priorities/{priority}/outcomes"
        await made(await officer.post(path, json=priorities.OUTCOME))
        _, dispute = await filed(api, dispute_of(priority))
        clock.set(NOON + timedelta(hours=3 * number + 1))
        await act(officer, dispute, "answer", ANSWER)
        clock.set(NOON + timedelta(hours=3 * number + 2))
        await act(admin, dispute, "decision", (UPHELD, REJECTED)[number % 2])


async def claimed(api: Api) -> tuple[Api, list[str]]:
    """Return an officer of A1, and three priorities of theirs."""
    officer, opened = await priorities.open_set(api, "burglary", "robbery", "fraud")
    return officer, [one["id"] for one in opened["priorities"]]


@pytest.mark.parametrize("limit", [1, 4])
async def test_pages_across_promises_and_disputes_among_all_else(
    api: Api, clock: Clock, limit: int
) -> None:
    clock.set(NOON)
    await find(api, *[{}] * 4, *[{"since": date(2026, 5, 1)}] * 2, first=8)
    await dispute_all(api, clock, *await claimed(api))
    whole = await history(api)
    assert len([kind for kind in kinds(whole) if kind.startswith("dispute_")]) == 9
    assert kinds(whole).count("commitment_changed") == 6
    assert {"outcome_recorded", "priorities_published"} < set(kinds(whole))
    assert await walked(api, PATH, limit) == whole
    few = f"{PATH}?kind=commitment_changed&kind=dispute_answered"
    assert len(await walked(api, few, limit)) == 9
    every = "&".join(f"kind={kind}" for kind in HistoryKind)
    assert await walked(api, f"{PATH}?{every}", limit) == whole


async def test_takes_no_more_statements_for_many_changes_and_disputes(
    api: Api, clock: Clock
) -> None:
    clock.set(NOON)
    officer, claims = await claimed(api)
    await dispute_all(api, clock, officer, claims[:1])
    await find(api, {})
    await history(api)
    short = await statements_for(api, f"{PATH}?to=2099-01-01")
    await dispute_all(api, clock, officer, claims[1:])
    await find(api, *[{}] * 9, first=2)
    items = await history(api, "?to=2099-01-02")
    assert len([kind for kind in kinds(items) if kind.startswith("dispute_")]) == 9
    assert await statements_for(api, f"{PATH}?to=2099-01-03") == short
    assert await statements_for(api, f"{PATH}{TURNED}&to=2099-01-04") < short - 3
