"""Counts the database connections that each request holds at once: never more than one.

Requests that hold one and wait for another can all wait for each other, as soon as the pool is as
small as they are many. So this is watched in every test of the application.
"""

from collections import Counter
from typing import Any

from sqlalchemy import event

from app.database import Database
from app.logs import request_id


class HeldConnections:
    """What every request of one application holds, and which ever held two."""

    def __init__(self, database: Database) -> None:
        self._held: Counter[str] = Counter()
        self.seen = 0
        self.greedy: set[str] = set()
        pool = database.engine.sync_engine.pool
        event.listen(pool, "checkout", self._take)
        event.listen(pool, "checkin", self._give_back)

    def _take(self, connection: Any, record: Any, proxy: Any) -> None:
        del connection, proxy
        request = request_id.get()
        record.info[self] = request
        if request is not None:
            self.seen += 1
            self._held[request] += 1
            if self._held[request] > 1:
                self.greedy.add(request)

    def _give_back(self, connection: Any, record: Any) -> None:
        del connection
        request = record.info.pop(self, None)
        if request is not None:
            self._held[request] -= 1
