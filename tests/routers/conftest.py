"""A clock that stands where a test puts it."""

from datetime import datetime, tzinfo
from typing import Self

import pytest

from app import dependencies


class Clock:
    """What the service takes for the present instant; the real one until it is set."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch = patch

    def set(self, at: datetime) -> None:
        """Make it this instant from now on."""

        class Standing(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> Self:
                return cls.fromisoformat(at.astimezone(tz).isoformat())

        self._patch.setattr(dependencies, "datetime", Standing)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The service's clock, for this test to set."""
    return Clock(monkeypatch)
