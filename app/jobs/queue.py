"""The queue: huey, which hands waiting jobs to threads, on a file or on PostgreSQL.

The queue holds nothing but ids of jobs, and losing it loses nothing: whatever the job table says is
waiting is put in again. An id that stands in it twice does no harm: a job is taken up once.
"""

import json
import logging
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from huey import Huey, PostgresHuey, SqliteHuey
from huey.consumer import Consumer
from huey.registry import Message
from huey.serializer import Serializer

from app.database import Database

NAME = "jobs"
TASK = "carry_out"
POLL_S = 0.1
LONGEST_POLL_S = 0.5

logging.getLogger("huey").setLevel(logging.WARNING)


class PlainSerializer(Serializer):  # type: ignore[misc] # huey is untyped
    """Writes a message as JSON: whoever can write to the queue's table makes nobody run code."""

    def _serialize(self, data: Any) -> bytes:
        return json.dumps([data.id, data.name, list(data.args)]).encode()

    def _deserialize(self, data: bytes) -> Any:
        name, task, arguments = json.loads(bytes(data))
        told = {"id": name, "name": task, "args": tuple(arguments), "kwargs": {}}
        return Message(**{**dict.fromkeys(Message._fields), **told})


def queue_file(database: Database) -> str:
    """Return where the queue lies that belongs to an SQLite database: beside it."""
    return str(Path(database.url.database or "").with_suffix(".jobs.sqlite3"))


def open_queue(database: Database) -> Any:
    """Return the queue of a database; on PostgreSQL its tables were made by a migration."""
    shared = {"results": False, "serializer": PlainSerializer()}
    if database.is_sqlite:
        return SqliteHuey(NAME, filename=queue_file(database), fsync=False, **shared)
    return PostgresHuey(NAME, dsn=database.address, create_tables=False, **shared)


class Hands(Consumer):  # type: ignore[misc] # huey is untyped
    """Huey's consumer, which leaves the signals of the process alone."""

    def _set_signal_handlers(self) -> None:
        """Set none: whoever started us listens to them."""


class Crew:
    """Threads of this process that carry out what stands in the queue."""

    def __init__(self, database: Database, carry_out: Callable[[str], object]) -> None:
        self._queue: Huey = open_queue(database)
        self._task = self._queue.task(name=TASK)(carry_out)
        self._closing = threading.Lock()
        self._queue.on_shutdown()(self._close)  # on PostgreSQL each thread listens on its own
        self._hands: Hands | None = None

    def start(self, threads: int, stop_s: float) -> None:
        """Set the threads to work; `stop_s` is how long they have to end what they do."""
        self._hands = Hands(
            self._queue,
            workers=threads,
            periodic=False,
            scheduler_interval=60,
            initial_delay=POLL_S,
            max_delay=LONGEST_POLL_S,
            shutdown_timeout=stop_s,
        )
        self._hands.start()

    def offer(self, job_ids: Iterable[str]) -> None:
        """Put jobs into the queue unless they stand there; replace threads that died."""
        there = {task.args[0] for task in self._queue.pending() if task.args}
        for job_id in job_ids:
            if job_id not in there:
                self._task(job_id)
        if self._hands is not None:
            self._hands.check_worker_health()

    def stop(self) -> None:
        """Let the threads end after what they do, for as long as was said."""
        if self._hands is not None:
            self._hands.stop(graceful=True)
        self._close()

    def _close(self) -> None:
        """Close what this thread has open, and what all share: two at once would trip over it."""
        with self._closing:
            self._queue.storage.close()
