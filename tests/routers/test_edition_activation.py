"""Putting boundaries in force over HTTP: one admin may, unless a poll is open."""

import asyncio
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.dependencies import unit_of_work
from app.domain.identity import Caller, Role
from app.errors import EditionRefusedError
from app.main import create_app
from app.models.wards import BoundaryEdition
from app.operations import edition_plans, editions
from app.operations.edition_plans import Wish
from app.settings import Settings
from app.sources.boundaries import read_wards
from tests.boundary_files import wards, write
from tests.factories import centre
from tests.polling import leader_of, move, open_poll
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio

WHY = {"reason": "The order of May"}
OPERATOR = Caller("operator", Role.ADMIN)


@pytest.fixture
async def edition(api: Api, tmp_path: Path) -> BoundaryEdition:
    """A new edition of the same wards, loaded and not in force."""
    database, now = api.app.state.database, datetime.now(UTC)
    path = write(tmp_path / "w.geojson", wards())
    async with database.reading() as session:
        boroughs = await edition_plans.known_boroughs(session)
        file = read_wards(path, {code: shape for code, (_, shape) in boroughs.items()})
        wish = Wish(valid_from=date(2026, 5, 7))
        plan = await edition_plans.plan_import(session, file, wish, [], today=now.date())
    async with unit_of_work(database) as session:
        return await editions.load_edition(session, plan, OPERATOR, now=now)


def path_of(edition: BoundaryEdition) -> str:
    return f"/v1/boundary-editions/{edition.id}/activation"


async def located(api: Api) -> dict[str, Any]:
    """Return what is said of the middle of the first ward."""
    answer = await api.get("/v1/locate", params=centre(0, 0))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def statuses(api: Api) -> list[str]:
    """Return where every edition stands, by age."""
    items = (await api.get("/v1/boundary-editions")).json()["items"]
    return [item["status"] for item in sorted(items, key=lambda item: str(item["valid_from"]))]


async def test_lets_one_admin_put_it_in_force_while_no_poll_is_open(
    api: Api, edition: BoundaryEdition
) -> None:
    assert (await located(api))["edition"]["label"] == "synthetic"
    answer = await (await api.as_("admin")).post(path_of(edition), json=WHY)
    assert (answer.status_code, answer.json()["status"]) == (200, "active")
    assert await statuses(api) == ["closed", "active"]
    assert (await located(api))["edition"]["label"] == edition.label, "at once, in this process"


async def test_takes_over_what_this_process_put_in_force_beside_its_requests(
    api: Api, settings: Settings, edition: BoundaryEdition
) -> None:
    running = create_app(settings)
    state, now = running.state, datetime.now(UTC)
    async with running.router.lifespan_context(running):
        transport = httpx.ASGITransport(app=running)
        async with httpx.AsyncClient(transport=transport, base_url="http://b.example") as client:
            own = Api(client, running)
            assert (await located(own))["edition"]["label"] == "synthetic"
            async with unit_of_work(state.database, state.answers) as session:
                found = await editions.get_edition(session, edition.id)
                await editions.activate_edition(session, found, OPERATOR, now=now, today=now.date())
            begun = time.monotonic()
            while (await located(own))["edition"]["label"] != edition.label:
                assert time.monotonic() - begun < 10, "the atlas never noticed"
                await asyncio.sleep(0.05)


async def test_takes_two_admins_while_a_poll_is_open(api: Api, edition: BoundaryEdition) -> None:
    poll = await open_poll(await leader_of(api))
    first, second = await api.as_("admin"), await api.as_("admin")
    waiting = await first.post(path_of(edition), json=WHY)
    assert (waiting.status_code, waiting.json()["act"]) == (202, "activate_boundary_edition")
    assert (await first.post(path_of(edition), json=WHY)).json() == waiting.json()
    assert await statuses(api) == ["active", "inactive"]
    assert (await second.post(path_of(edition), json=WHY)).status_code == 200
    assert await statuses(api) == ["closed", "active"]
    assert (await api.get(f"/v1/polls/{poll['id']}")).json()["status"] == "open"


async def test_gives_a_retry_the_first_answer_although_the_act_waits(
    api: Api, edition: BoundaryEdition
) -> None:
    await open_poll(await leader_of(api))
    first, second = await api.as_("admin"), await api.as_("admin")
    waiting = await first.post(path_of(edition), json=WHY, key="one")
    assert (await second.post(path_of(edition), json=WHY, key="one")).status_code == 200
    again = await first.post(path_of(edition), json=WHY, key="one")
    assert (again.status_code, again.json()) == (202, waiting.json())
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["location"] == waiting.headers["location"]


async def test_has_one_effect_when_several_admins_come_at_once(
    api: Api, edition: BoundaryEdition
) -> None:
    await open_poll(await leader_of(api))
    admins: list[Any] = [await api.as_("admin") for _ in range(4)]
    answers = await asyncio.gather(*(one.post(path_of(edition), json=WHY) for one in admins))
    assert sorted(answer.status_code for answer in answers) == [200, 202, 409, 409]


async def test_refuses_the_operator_alone_while_a_poll_is_open(
    api: Api, edition: BoundaryEdition
) -> None:
    leader = await leader_of(api)
    poll = await open_poll(leader)
    now = datetime.now(UTC)

    async def activate() -> None:
        async with unit_of_work(api.app.state.database) as session:
            found = await editions.get_edition(session, edition.id)
            await editions.activate_edition(session, found, OPERATOR, now=now, today=now.date())

    with pytest.raises(EditionRefusedError, match="takes two people"):
        await activate()
    await move(leader, poll, "closed")
    await activate()
    assert await statuses(api) == ["closed", "active"]


async def test_refuses_an_edition_that_is_in_force(api: Api, edition: BoundaryEdition) -> None:
    admin = await api.as_("admin")
    await admin.post(path_of(edition), json=WHY)
    assert_problem(await admin.post(path_of(edition), json=WHY), 409, "edition_refused")
