"""Mistakes that fuzzing is there to find, each planted into the worker of a run that must then report it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from lipsync.errors.media import NotReadable
from lipsync.media.prepared import Prepared
from tests.fuzz import examiner


def _instead(what: Callable[[Path], object]) -> None:
    """Do `what` with the file before every look at a video."""

    def looks(source: Any, _limits: object) -> None:
        what(source.path)

    examiner.survey_video = looks


def a_crash() -> None:
    _instead(lambda _: os.kill(os.getpid(), signal.SIGSEGV))


def a_hang() -> None:
    _instead(lambda _: time.sleep(3600))


def swallowed_memory() -> None:
    _instead(lambda _: bytearray(b"x") * (1 << 30))


def a_foreign_exception() -> None:
    def fails(path: Path) -> NoReturn:
        raise KeyError(path.name)

    _instead(fails)


def an_error_number() -> None:
    def refuses(path: Path) -> NoReturn:
        raise NotReadable(path.name, "cannot be read: [Errno 1094995529] Invalid data found")

    _instead(refuses)


def a_file_left_behind() -> None:
    _instead(lambda path: (path.parent / "left.part").write_bytes(b"."))


def a_lie_about_length() -> None:
    prepare = examiner.prepare_video

    def lies(*args: Any, **kwargs: Any) -> Prepared:
        ready = prepare(*args, **kwargs)
        ready.path.write_bytes(ready.path.read_bytes()[:100])
        return ready

    examiner.prepare_video = lies


FAULTS: dict[str, Callable[[], None]] = {
    fault.__name__: fault
    for fault in (a_crash, a_hang, swallowed_memory, a_foreign_exception, an_error_number, a_file_left_behind, a_lie_about_length)
}
