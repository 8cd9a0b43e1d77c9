"""A wire to PostgreSQL that can be cut, held silent or slowed while the service uses it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

CHUNK = 65_536
SOCKET = ".s.PGSQL.5432"


class Wire:
    """Passes bytes between a loopback port and a server's socket, as well as it is told to."""

    def __init__(self, run: Path) -> None:
        self._target = run / SOCKET
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.latency_s = 0.0
        self.is_cut = False
        self.port = 0

    @property
    def url(self) -> str:
        """The database's address at this end of the wire."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    async def lay(self) -> None:
        """Start to pass bytes."""
        self._server = await asyncio.start_server(self._join, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            if self.is_cut:
                return
            await self._flowing.wait()
            far_reader, far_writer = await asyncio.open_unix_connection(str(self._target))
        except OSError:
            return
        finally:
            if self.is_cut or not self._target.exists():
                self._drop(writer)
        self._open.add(far_writer)
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            task = asyncio.create_task(self._pass(source, sink))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(CHUNK):
                if self.latency_s:
                    await asyncio.sleep(self.latency_s)
                await self._flowing.wait()
                sink.write(data)
        self._drop(sink)

    def _drop(self, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()
        self._open.discard(writer)

    def cut(self) -> None:
        """Break every connection and take no other."""
        self.is_cut = True
        for writer in list(self._open):
            self._drop(writer)

    def silence(self) -> None:
        """Keep every connection and pass nothing: what packets do that vanish."""
        self._flowing.clear()

    def mend(self) -> None:
        """Pass everything again, at once."""
        self.is_cut, self.latency_s = False, 0.0
        self._flowing.set()

    async def take_up(self) -> None:
        """Stop for good."""
        assert self._server is not None
        self._server.close()
        self.cut()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@contextlib.asynccontextmanager
async def wire_to(run: Path) -> AsyncIterator[Wire]:
    """Lay a wire to the server whose socket is in this folder, for as long as the block runs."""
    wire = Wire(run)
    await wire.lay()
    try:
        yield wire
    finally:
        await wire.take_up()
