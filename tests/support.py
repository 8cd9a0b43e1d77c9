"""A client that calls as anyone, and the checks every refusal must pass."""

import uuid
from typing import Any

import httpx


class Api:
    """The service as a client sees it; `as_` gives the same service with another caller's token."""

    def __init__(self, client: httpx.AsyncClient, app: Any, token: str | None = None) -> None:
        self.client, self.app, self.token = client, app, token

    async def as_(
        self,
        role: str,
        *,
        wards: tuple[str, ...] = (),
        boroughs: tuple[str, ...] = (),
        subject: str = "",
    ) -> "Api":
        """Return the service as a caller of this role with these areas sees it."""
        body = {
            "role": role,
            "wards": list(wards),
            "boroughs": list(boroughs),
            "subject": subject or f"{role}-{uuid.uuid4().hex[:8]}",
        }
        answer = await self.client.post("/evaluation/tokens", json=body)
        assert answer.status_code == 200, answer.text
        return Api(self.client, self.app, answer.json()["access_token"])

    async def request(
        self, method: str, path: str, *, key: str | None = None, **options: Any
    ) -> httpx.Response:
        """Send one request; a POST carries a fresh Idempotency-Key unless given (`""` for none)."""
        headers = dict(options.pop("headers", {}))
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        if method == "POST" and key != "":
            headers.setdefault("Idempotency-Key", key or uuid.uuid4().hex)
        return await self.client.request(method, path, headers=headers, **options)

    async def get(self, path: str, **options: Any) -> httpx.Response:
        """Send a GET."""
        return await self.request("GET", path, **options)

    async def post(self, path: str, **options: Any) -> httpx.Response:
        """Send a POST."""
        return await self.request("POST", path, **options)

    async def put(self, path: str, **options: Any) -> httpx.Response:
        """Send a PUT."""
        return await self.request("PUT", path, **options)

    async def patch(self, path: str, *, etag: str | None = "*", **options: Any) -> httpx.Response:
        """Send a PATCH with If-Match; `etag=None` leaves the header out."""
        headers = {} if etag is None else {"If-Match": etag}
        return await self.request("PATCH", path, headers=headers, **options)


def assert_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Check that an answer is this problem in the one shape, and return it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert set(problem) == {"type", "title", "status", "detail", "code", "instance", "errors"}
    assert problem["code"] == code
    assert problem["status"] == status
    assert problem["instance"] == answer.headers["x-request-id"]
    return problem
