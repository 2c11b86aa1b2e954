"""The process behind `groundfact serve`: its socket, its signals, its end."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn

from groundfact.errors import UsageError
from groundfact.memory import Memory
from groundfact.serving.app import served_app

__all__ = ["listening", "run_server"]

_GRACE = 10
"""Seconds that answers under way have when the process is told to stop."""
_MOST = 256
"""Connections at the same time; more are told to come back."""


def run_server(memory: Memory, host: str, port: int, started: Callable[[str], None], *, syncing: bool) -> None:
    """Serve until SIGTERM or Ctrl-C, then finish what is under way. `started` is told the address."""
    app = served_app(memory, host, syncing=syncing)
    with listening(host, port) as listener, _terminable():
        bound: tuple[str, int] = listener.getsockname()[:2]
        started(f"http://[{bound[0]}]:{bound[1]}" if ":" in bound[0] else f"http://{bound[0]}:{bound[1]}")
        config = uvicorn.Config(
            app,
            lifespan="on",
            # No access log: it would hold whatever somebody put into a URL.
            access_log=False,
            log_config=None,
            server_header=False,
            proxy_headers=False,
            ws="none",
            limit_concurrency=_MOST,
            timeout_graceful_shutdown=_GRACE,
        )
        uvicorn.Server(config).run(sockets=[listener])


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket bound to an address. Raises UsageError where somebody else has it, or it is not ours."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.create_server(address[:2], family=family)
    except OSError as error:
        # The words of a socket's error repeat the address; those of a name that is not known have no number.
        why = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        hint = "choose another with --host and --port, or stop what listens there"
        raise UsageError(f"cannot listen on {host}:{port} ({why})", hint=hint) from error
    with listener:
        # Answers leave at once: asyncio does not see to it for a socket that it has not made itself.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield listener


@contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM ends the process like a command that is done: uvicorn sends it again after its own clean end."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise SystemExit(0)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
