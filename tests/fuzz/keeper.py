"""A worker and the one who watches it: who is silent for too long or takes too much memory is ended, and another takes the place."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.repository import ROOT

_LOOK_EVERY_S = 0.05


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What a file may cost."""

    hang_s: float = 10.0
    memory_bytes: int = 2_000_000_000


FULL = Bounds()


@dataclass(frozen=True, kw_only=True)
class Told:
    """What is known of one file when it is done: what the worker told, or how it ended."""

    line: str
    seconds: float
    outcomes: tuple[str, ...] = ()
    wrong: tuple[tuple[str, str], ...] = ()
    done: tuple[str, ...] = ()
    peak_bytes: int = 0
    left_at: Path | None = None
    """The file, where its worker did not come to remove it."""


@dataclass
class _Seat:
    number: int
    folder: Path
    process: subprocess.Popen[str] | None = None
    line: str = ""
    since: float = 0.0
    lives: int = 0
    stderr: Path = field(default_factory=Path)


class Keeper:
    """Some workers for the run of `seed`. Start and time of the first file of a life do not count as the file's."""

    def __init__(self, seed: int, seeds: Path, folder: Path, *, workers: int, bounds: Bounds, fault: str = "") -> None:
        self._seed, self._seeds, self._bounds, self._fault = seed, seeds, bounds, fault
        self._seats = [_Seat(number, folder / f"worker-{number}") for number in range(workers)]
        self._ready = selectors.DefaultSelector()

    def examine(self, lines: Iterator[str]) -> Iterator[Told]:
        """All of `lines`, in the order in which they are done."""
        try:
            for seat in self._seats:
                self._next(seat, lines)
            while any(seat.line for seat in self._seats):
                for key, _ in self._ready.select(_LOOK_EVERY_S):
                    seat = key.data
                    yield self._heard(seat)
                    self._next(seat, lines)
                for seat in self._seats:
                    ended = self._too_much(seat)
                    if ended is not None:
                        yield ended
                        self._next(seat, lines)
        finally:
            for seat in self._seats:
                self._stop(seat)

    def _next(self, seat: _Seat, lines: Iterator[str]) -> None:
        seat.line = next(lines, "")
        if not seat.line:
            self._stop(seat)
            return
        if seat.process is None:
            self._start(seat)
        assert seat.process is not None
        assert seat.process.stdin is not None
        seat.process.stdin.write(f"{seat.line}\n")
        seat.process.stdin.flush()
        seat.since = time.monotonic()

    def _start(self, seat: _Seat) -> None:
        seat.lives += 1
        here = seat.folder / str(seat.lives)
        (here / "temp").mkdir(parents=True)
        seat.stderr = seat.folder / f"{seat.lives}.txt"
        with seat.stderr.open("w") as stderr:
            seat.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "tests.fuzz.worker",
                    str(self._seed),
                    str(self._seeds),
                    str(here),
                    *[self._fault][: bool(self._fault)],
                ],
                cwd=ROOT,
                env={**os.environ, "TMPDIR": str(here / "temp"), "PYTHONDONTWRITEBYTECODE": "1"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )
        assert seat.process.stdout is not None
        self._ready.register(seat.process.stdout, selectors.EVENT_READ, seat)
        seat.process.stdout.readline()  # "ready": what it loads is not the first file's

    def _heard(self, seat: _Seat) -> Told:
        assert seat.process is not None
        assert seat.process.stdout is not None
        line = seat.process.stdout.readline()
        seconds = time.monotonic() - seat.since
        if not line:
            return self._ended(seat, "crashes", "")
        told: dict[str, Any] = json.loads(line)
        wrong = [(kind, what) for kind, what in told["wrong"]]
        if told["peak_bytes"] > self._bounds.memory_bytes:
            wrong.append(("over_memory", f"{told['peak_bytes'] / 1e6:.0f} MB"))
        return Told(
            line=seat.line,
            seconds=seconds,
            outcomes=tuple(told["outcomes"]),
            wrong=tuple(wrong),
            done=tuple(told["done"]),
            peak_bytes=told["peak_bytes"],
        )

    def _too_much(self, seat: _Seat) -> Told | None:
        if seat.process is None:
            return None
        if time.monotonic() - seat.since > self._bounds.hang_s:
            return self._ended(seat, "hangs", f"nothing heard for {self._bounds.hang_s:g} s")
        used_bytes = _resident_bytes(seat.process.pid)
        if used_bytes > self._bounds.memory_bytes:
            return self._ended(seat, "over_memory", f"{used_bytes / 1e6:.0f} MB")
        return None

    def _ended(self, seat: _Seat, kind: str, why: str) -> Told:
        """End it, if it has not ended by itself, with a look at where it was."""
        seconds = time.monotonic() - seat.since
        process = seat.process
        assert process is not None
        if kind != "crashes":
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGABRT)  # faulthandler writes where every thread stands
        self._stop(seat)
        if kind == "crashes":
            why = f"it ended with {process.returncode}"
        folder = seat.folder / str(seat.lives)
        left = next((path for path in folder.iterdir() if path.is_file()), None)
        return Told(
            line=seat.line, seconds=seconds, wrong=((kind, f"{why}\n{seat.stderr.read_text(errors='replace')[-6000:]}"),), left_at=left
        )

    def _stop(self, seat: _Seat) -> None:
        if seat.process is None:
            return
        assert seat.process.stdin is not None
        assert seat.process.stdout is not None
        self._ready.unregister(seat.process.stdout)
        with suppress(OSError):
            seat.process.stdin.close()
        try:
            seat.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            seat.process.kill()
            seat.process.wait()
        seat.process.stdout.close()
        seat.process = None


def _resident_bytes(pid: int) -> int:
    """Memory that a process has now; 0 where the operating system does not tell."""
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0
