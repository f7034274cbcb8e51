"""The one thread and event loop on which everything waits.

ComfyUI's own loop cannot carry this: it is new for every prompt, stands still during every synchronous node, cancels all its tasks
when one node fails, and one HTTP client per loop was measured to leak sockets. This one starts on first use and lives as long as the
process; being a daemon thread, it never keeps a process alive, and the journal makes up for whatever its end cuts off.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")

THREAD_NAME = "sync-lipsync-engine"
LOOK_EVERY_S = 0.25  # real time: a person waits for the interrupt


class Interrupted(Exception):
    """The user interrupted. What this means for the money is for the caller to say."""


class Engine:
    """A background event loop that starts when it is first needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Begin `work` on the engine's loop, from any thread."""
        return asyncio.run_coroutine_threadsafe(work, self._running_loop())

    async def follow(self, work: Coroutine[Any, Any, T], interrupted: Callable[[], Awaitable[bool]]) -> T:
        """Await `work` from another loop, asking `interrupted` four times a second. Raises Interrupted.

        Cancelling `work` only ends this waiting: what `work` itself shields goes on.
        """
        future = self.start(work)
        outcome = asyncio.wrap_future(future)
        try:
            while not outcome.done():
                if await interrupted() and not future.done():  # what is done was not interrupted, and is not lost
                    raise Interrupted
                await asyncio.wait([outcome], timeout=LOOK_EVERY_S)
            return outcome.result()
        finally:
            future.cancel()

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Block this thread until `work` is done: for callers that are not asynchronous, such as a lazy VIDEO."""
        return self.start(work).result()

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name=THREAD_NAME, daemon=True).start()
            return self._loop


ENGINE = Engine()
"""The engine of this process."""
