"""Every route declares what a client may rely on: access, words, shapes, refusals, ceilings."""

import inspect
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from fastapi import Response
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute
from joserfc.jwk import ECKey

from app import problems
from app.domain.identity import Role
from app.main import create_app
from app.pagination import MAX_LIMIT
from app.routing import NounGate
from app.settings import Settings

WHOLE_LISTS = {"/v1/boroughs", "/v1/concerns"}
"""London has 33 boroughs and 15 concerns: each of these is one answer."""


def gate_of(folder: Path) -> NounGate:
    settings = Settings(database_url=f"sqlite:///{folder}/x.sqlite3", key_store=folder / "keys")
    app = create_app(settings)
    (gate,) = [route for route in app.router.routes if isinstance(route, NounGate)]
    return gate


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> list[APIRoute]:
    return list(gate_of(tmp_path_factory.mktemp("routes")).routes)


@pytest.fixture(scope="module")
def shown(routes: list[APIRoute]) -> list[APIRoute]:
    """The routes of the description; the docs page's own files are not part of it."""
    return [route for route in routes if route.include_in_schema]


def names_of(routes: list[APIRoute]) -> list[str]:
    return [f"{sorted(route.methods or ())} {route.path}" for route in routes]


def codes_of(route: APIRoute, status: int) -> set[str]:
    """Return the codes of the refusals that a route declares with a status."""
    content: dict[str, Any] = route.responses.get(status, {}).get("content", {})
    return set(content.get(problems.MEDIA_TYPE, {}).get("examples", {}))


def test_every_route_is_reached_through_the_gate(routes: list[APIRoute]) -> None:
    addresses = Counter((method, route.path) for route in routes for method in route.methods or ())
    assert [address for address, number in addresses.items() if number > 1] == []
    assert len(routes) > 20


def test_every_route_declares_its_access(routes: list[APIRoute]) -> None:
    undeclared = []
    for route in routes:
        access = (route.openapi_extra or {}).get("x-access")
        if access != "public" and not (access and {Role(role) for role in access}):
            undeclared.append(route)
    assert names_of(undeclared) == []


def test_every_guarded_route_checks_its_roles_and_says_so(routes: list[APIRoute]) -> None:
    for route in routes:
        if (route.openapi_extra or {}).get("x-access") == "public":
            continue
        checks = [check.dependency.__name__ for check in route.dependencies if check.dependency]
        assert "check_role" in checks, route.path
        assert "not_authenticated" in codes_of(route, 401), route.path
        assert "not_allowed" in codes_of(route, 403), route.path


def test_every_route_explains_itself_in_a_sentence(routes: list[APIRoute]) -> None:
    silent = [
        route
        for route in routes
        if not re.match(r"[A-Z].*[.]$", inspect.getdoc(route.endpoint) or "", re.MULTILINE)
    ]
    assert names_of(silent) == []


def test_every_route_has_an_operation_id_of_its_own(shown: list[APIRoute]) -> None:
    ids = Counter(route.unique_id for route in shown)
    assert [name for name, number in ids.items() if number > 1] == []
    assert [name for name in ids if not re.fullmatch(r"[a-z]+(_[a-z]+)+", name)] == []


def test_every_route_gives_a_schema_or_says_its_formats(shown: list[APIRoute]) -> None:
    vague = []
    for route in shown:
        given = inspect.signature(route.endpoint).return_annotation
        success = route.responses.get(route.status_code or 200, {})
        says_formats = given is Response and success.get("content")
        is_typed_stream = route.is_sse_stream and success.get("model")
        if route.response_model is None and not (says_formats or is_typed_stream):
            vague.append(route)
    assert names_of(vague) == []


def test_every_route_names_its_refusals_as_problems(shown: list[APIRoute]) -> None:
    for route in shown:
        for status, answer in route.responses.items():
            if int(status) >= 400:
                media = answer["content"][problems.MEDIA_TYPE]
                assert media["examples"], (route.path, status)
        expected = {400, 422, 500, 503}
        assert expected <= set(map(int, route.responses)), route.path


def test_every_list_has_a_limit_and_a_cursor(shown: list[APIRoute]) -> None:
    for route in shown:
        model = route.response_model
        if model is None or not getattr(model, "__name__", "").startswith("PageOut["):
            continue
        if route.path in WHOLE_LISTS:
            continue
        fields = {field.alias: field.field_info for field in get_flat_params(route.dependant)}
        assert {"limit", "cursor"} <= fields.keys(), route.path
        assert f"le={MAX_LIMIT}" in str(fields["limit"].metadata), route.path


def test_no_answer_is_a_bare_list(shown: list[APIRoute]) -> None:
    bare = [route for route in shown if "list[" in str(route.response_model).lower()[:5]]
    assert names_of(bare) == []


def test_every_staff_post_asks_for_an_idempotency_key(shown: list[APIRoute]) -> None:
    for route in shown:
        access = (route.openapi_extra or {}).get("x-access")
        is_staff = access != "public" and set(access or ()) != {"resident"}
        if "POST" in (route.methods or ()) and is_staff:
            assert "idempotency_key_required" in codes_of(route, 400), route.path


def test_every_edit_asks_for_the_version_it_is_based_on(shown: list[APIRoute]) -> None:
    for route in shown:
        if "PATCH" in (route.methods or ()):
            assert "precondition_required" in codes_of(route, 428), route.path
            assert "stale_version" in codes_of(route, 412), route.path


def test_every_path_is_plural_kebab_case_under_v1(shown: list[APIRoute]) -> None:
    outside = {"/healthz", "/readyz", "/version", "/problems/{kind}"}
    for route in shown:
        assert route.path in outside or route.path.startswith(("/v1/", "/evaluation/")), route.path
        words = [part for part in route.path.split("/") if part and not part.startswith("{")]
        assert all(re.fullmatch(r"[a-z0-9]+(-[a-z]+)*", word.partition(".")[0]) for word in words)


def test_production_has_no_evaluation_routes(tmp_path: Path) -> None:
    keys = tmp_path / "issuer.json"
    public_half = ECKey.generate_key("P-256", {"kid": "one"}).as_dict(private=False)
    keys.write_text(json.dumps({"keys": [public_half]}))
    settings = Settings(
        mode="production",
        oidc_issuer="https://issuer.example",
        oidc_jwks_file=keys,
        database_url=f"sqlite:///{tmp_path}/x.sqlite3",
        key_store=tmp_path / "keys",
    )
    app = create_app(settings)
    (gate,) = [route for route in app.router.routes if isinstance(route, NounGate)]
    assert [route.path for route in gate.routes if "evaluation" in route.path] == []
