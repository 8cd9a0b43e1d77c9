"""Every operation of the description as a call that can be made against small London."""

from dataclasses import dataclass
from typing import Any

import httpx

from app.domain.identity import Role
from tests.factories import A1, ALDER
from tests.support import Api

STRANGER = "01931b6e-7c4e-7d9a-a1d2-0c5b8b7e4f10"
"""An identifier of nothing."""
NAMED = {"ward_code": A1, "borough_code": ALDER, "kind": "not-found", "dataset": "wards"}
ROLES = tuple(role.value for role in Role)


@dataclass(frozen=True)
class Call:
    """One operation, and how to call it."""

    operation_id: str
    method: str
    path: str
    access: str | tuple[str, ...]
    parameters: tuple[dict[str, Any], ...]
    example: Any
    statuses: frozenset[str]

    @property
    def address(self) -> str:
        """The path with its gaps filled."""
        path = self.path
        for parameter in self.parameters:
            name = parameter["name"]
            if parameter["in"] == "path":
                path = path.replace(f"{{{name}}}", NAMED.get(name, STRANGER))
        return path

    @property
    def allowed(self) -> tuple[str, ...]:
        """The roles that may make the call."""
        return ROLES if isinstance(self.access, str) else self.access

    async def send(self, api: Api, **options: Any) -> httpx.Response:
        """Make the call; with the example as its body unless told otherwise."""
        if self.example is not None and not options.keys() & {"json", "content"}:
            options["json"] = self.example
        headers = {"If-Match": "*"} if self.method in {"PATCH", "PUT"} else {}
        headers |= options.pop("headers", {})
        return await api.request(self.method, self.address, headers=headers, **options)


def calls_of(document: dict[str, Any]) -> list[Call]:
    """Return every operation of a description."""
    shared = document["components"]["parameters"]
    found = []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            listed = operation.get("parameters", ())
            parameters = tuple(
                shared[one["$ref"].rpartition("/")[2]] if "$ref" in one else one for one in listed
            )
            access = operation["x-access"]
            content = operation.get("requestBody", {}).get("content", {})
            found.append(
                Call(
                    operation["operationId"],
                    method.upper(),
                    path,
                    access if isinstance(access, str) else tuple(access),
                    parameters,
                    content.get("application/json", {}).get("example"),
                    frozenset(operation["responses"]),
                )
            )
    return found


async def as_role(api: Api, role: str) -> Api:
    """Return the service as a caller of this role sees it, at home in the first ward."""
    boroughs = (ALDER,) if role == "borough_superintendent" else ()
    wards = () if boroughs or role in {"admin", "auditor", "analyst"} else (A1,)
    return await api.as_(role, wards=wards, boroughs=boroughs)


async def as_allowed(api: Api, call: Call) -> Api:
    """Return the service as somebody who may make the call sees it."""
    if call.access == "public":
        return api
    return await as_role(api, "admin" if "admin" in call.allowed else call.allowed[0])
