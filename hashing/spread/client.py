"""A process that speaks with a dask scheduler: takes tasks from a socket, submits them, sends back what came of them.

The library that it uses runs what a scheduler sends, so this process holds no key, has no environment, and is limited
to that one connection before it makes it. It judges nothing: whoever started it takes every answer apart without trust.
"""

import asyncio
import os
import sys
from asyncio import StreamReader, StreamWriter
from importlib import import_module
from socket import socket
from typing import Any

from hashing.sandbox import limits
from hashing.sandbox.framing import HEADER, message
from hashing.spread.frames import (
    CANCEL,
    CUT,
    DIED,
    FAILED,
    GONE,
    NUMBER,
    RESULT,
    SETTING,
    STORE,
    TASK,
    VERSION,
    WORKERS,
)
from hashing.spread.tasks import FORMAT, unpack_task

_CONNECT = 10.0
"""Seconds to reach the scheduler in, and to wait for its first worker."""
_LOOK_EVERY = 1.0
"""Seconds between two looks at the workers."""
_NO_WORKER = 60.0
"""Seconds to wait for another worker when none is left."""
_RETRIES = 2
"""Of a task that failed without ending its worker."""
_SYSTEM = ("/etc", "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/share/zoneinfo", "/proc", "/sys", "/dev/null",
           "/dev/urandom", "/run/systemd/resolve")  # fmt: skip
_KINDS = {"KilledWorker": DIED, "StoreNotThere": STORE, "OtherVersion": VERSION, "ModuleNotFoundError": VERSION}


def main(descriptor: str, parent: str, address: str, port: str) -> None:
    """Serve until the other end of the socket closes."""
    line = socket(fileno=int(descriptor))
    try:
        readable = [*_SYSTEM, *_libraries(), *_configuration()]
    except ImportError:
        line.sendall(message(GONE, b"the package distributed is not installed here"))
        return
    limits.apply_to_client(int(parent), readable, int(port))
    asyncio.run(_serve(line, address))
    os._exit(0)  # its threads have nothing to finish


def _libraries() -> list[str]:
    """Where what is imported lies."""
    return [path for path in (*sys.path, sys.prefix, sys.base_prefix) if os.path.isabs(path)]  # noqa: PTH117


def _configuration() -> list[str]:
    """Dask's own configuration, and the certificate and key that it names for this end; raises ImportError."""
    distributed: Any = import_module("distributed")
    named = distributed.Security().get_tls_config_for_role("client").values()
    files = [path for path in named if isinstance(path, str) and os.path.isabs(path)]  # noqa: PTH117
    return [*map(str, import_module("dask").config.paths), *files]


async def _serve(line: socket, address: str) -> None:
    reader, writer = await asyncio.open_unix_connection(sock=line)
    try:
        client = await _connected(address)
    except Exception as error:  # noqa: BLE001  whatever the library raises, the other end must know
        await _gone(writer, f"{address} does not answer: {_words(error)}")
        return
    submitting = _Submitting(client, writer)
    looking = asyncio.create_task(submitting.look())
    try:
        await submitting.listen(reader)
    except (EOFError, OSError):
        pass  # nobody needs an answer any more
    finally:
        looking.cancel()


async def _connected(address: str) -> Any:
    """A client that has at least one worker."""
    distributed: Any = import_module("distributed")
    client = await distributed.Client(
        address, asynchronous=True, timeout=_CONNECT, set_as_default=False, name="custody-audit"
    )
    await client.wait_for_workers(1, timeout=_CONNECT)
    return client


async def _gone(writer: StreamWriter, reason: str) -> None:
    """Say that there is no scheduler, or nothing behind it."""
    writer.write(message(GONE, reason.encode("utf-8", "replace")[:CUT]))
    await writer.drain()


def _words(error: BaseException) -> str:
    told = " ".join(str(error).split())
    return f"{type(error).__name__}: {told}" if told else type(error).__name__


class _Submitting:
    """The tasks under way, and the workers there are."""

    def __init__(self, client: Any, writer: StreamWriter) -> None:
        self._client = client
        self._writer = writer
        self._sent = (FORMAT, b"")
        self._under_way: set[asyncio.Task[None]] = set()

    async def listen(self, reader: StreamReader) -> None:
        """Submit what comes, until the other end closes; raises EOFError or OSError."""
        while True:
            kind, length = HEADER.unpack(await reader.readexactly(HEADER.size))
            body = await reader.readexactly(length)
            if kind == SETTING:
                self._sent = (FORMAT, body)
            elif kind == TASK:
                self._submit(body)
            elif kind == CANCEL:
                for task in self._under_way:
                    task.cancel()

    def _submit(self, body: bytes) -> None:
        from hashing.spread.reading import read_files, read_pieces

        number, (size, first, count), names = unpack_task(body)
        options = {"pure": False, "retries": _RETRIES}
        if count:
            future = self._client.submit(read_pieces, self._sent, names[0], size, first, count, **options)
        else:
            future = self._client.submit(read_files, self._sent, names, **options)
        task = asyncio.create_task(self._follow(number, future))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _follow(self, number: int, future: Any) -> None:
        """Wait for one future, and send what came of it."""
        try:
            answer = await future
            if type(answer) is not bytes:
                raise TypeError("no bytes")
            self._send(RESULT, number, answer)
        except asyncio.CancelledError:
            if future.status not in ("cancelled", "lost"):  # we are told to stop
                await self._client.cancel([future], force=True)
                raise
            await _gone(self._writer, "the connection to the scheduler was lost")
        except Exception as error:  # noqa: BLE001  whatever a worker raised
            if future.status in ("cancelled", "lost"):
                await _gone(self._writer, "the connection to the scheduler was lost")
            kind = _KINDS.get(type(error).__name__, b"?")
            self._send(FAILED, number, kind + _words(error).encode("utf-8", "replace")[:CUT])
        finally:
            future.release()

    def _send(self, kind: bytes, number: int, body: bytes) -> None:
        self._writer.write(message(kind, NUMBER.pack(number) + body))

    async def look(self) -> None:
        """Tell how many workers and threads there are, whenever that changes; and when none is left."""
        told, missing = None, 0.0
        while True:
            try:
                threads = await self._client.nthreads()
            except Exception as error:  # noqa: BLE001  there is no scheduler any more
                await _gone(self._writer, f"the connection to the scheduler was lost: {_words(error)}")
                return
            found = len(threads), sum(threads.values())
            if found != told:
                self._writer.write(message(WORKERS, NUMBER.pack(found[0]) + NUMBER.pack(found[1])))
                told = found
            missing = 0.0 if found[0] else missing + _LOOK_EVERY
            if missing >= _NO_WORKER:
                await _gone(self._writer, "no worker is left")
                return
            await asyncio.sleep(_LOOK_EVERY)
