"""The sandbox of a folder, started by whoever needs it first and shared by everyone else.

Light to import: the server's own needs (aiohttp, av) are loaded when it really starts.
"""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from .. import clock, host
from ..errors import SandboxDown
from .endpoint import Addresses, Endpoint, answers, port_of, read_endpoint

_LOCK = "serving.lock"
_PATIENCE_S, _TRY_S = 20.0, 0.05  # real seconds: another process has no fast clock

_threads: dict[Path, _Thread] = {}
_threads_lock = threading.Lock()


def ensure(state_dir: Path) -> Addresses:
    """The addresses of the sandbox of `state_dir`, which is started in this process unless one is running anywhere.

    Cheap to call again. Raises SandboxDown.
    """
    state_dir = state_dir.resolve()
    with _threads_lock:
        ours = _threads.get(state_dir)
        if ours and ours.is_alive() and ours.endpoint:
            return ours.endpoint.addresses
        give_up = clock.monotonic() + _PATIENCE_S / clock.real(1.0)
        while clock.monotonic() < give_up:
            endpoint = read_endpoint(state_dir)
            if endpoint and answers(endpoint):
                return endpoint.addresses
            lock = claim(state_dir, wait_s=_TRY_S)
            if lock:
                _threads[state_dir] = _Thread(state_dir, lock)
                return _threads[state_dir].started().addresses
    raise SandboxDown(why="another process holds it, but does not answer")


def claim(state_dir: Path, *, wait_s: float = 0.0) -> FileLock | None:
    """The right to serve `state_dir`, for as long as this process lives; None if another process has it."""
    lock = host.process_lock(host.owner_only_dir(state_dir) / _LOCK)
    try:
        lock.acquire(timeout=wait_s)
    except Timeout:
        return None
    return lock


@dataclass(eq=False)
class _Thread(threading.Thread):
    """The server on its own event loop. A daemon: it ends with the process, and its lock with it."""

    state_dir: Path
    lock: FileLock
    endpoint: Endpoint | None = None
    problem: BaseException | None = None
    ready: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        super().__init__(name="sandbox", daemon=True)
        self.start()

    def started(self) -> Endpoint:
        self.ready.wait()
        if self.endpoint is None:
            raise SandboxDown(why=f"it could not start ({self.problem})") from self.problem
        return self.endpoint

    def run(self) -> None:
        try:
            asyncio.run(self._serve())
        except (OSError, ImportError) as problem:
            self.problem = problem
        finally:
            self.lock.release()
            self.ready.set()

    async def _serve(self) -> None:
        from .server import serve

        serving = await serve(self.state_dir, port=0, former_port=port_of(read_endpoint(self.state_dir)))
        self.endpoint = serving.endpoint
        self.ready.set()
        await asyncio.Event().wait()
