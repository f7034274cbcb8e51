"""Work that would block the event loop, on daemon threads: a half-made film never keeps its process from ending."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `work` beside the event loop and return or raise what it does."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def hand_over(settle: Callable[[], None]) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(lambda: None if done.done() else settle())

    def run() -> None:
        try:
            result = work(*args, **kwargs)
        except BaseException as problem:  # noqa: BLE001  # handed to whoever waits, as a thread cannot raise there itself
            hand_over(partial(done.set_exception, problem))
        else:
            hand_over(partial(done.set_result, result))

    threading.Thread(target=run, name="sandbox-work", daemon=True).start()
    return await done
