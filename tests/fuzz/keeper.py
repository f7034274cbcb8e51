"""Workers and the one who watches them: who is silent for too long or takes too much memory is ended, and another takes the place."""

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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from tests.support.repository import ROOT

_LOOK_EVERY_S = 0.05
_TOLD_BYTES = 6000


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What a file may cost."""

    hang_s: float = 10.0
    memory_bytes: int = 2_000_000_000


FULL = Bounds()


@dataclass(frozen=True, kw_only=True)
class Told:
    """What is known of one file when it is done, by its worker or by how that ended. `line` is what the worker was given; `wrong` has
    (kind of finding, what exactly)."""

    line: str
    seconds: float
    outcomes: tuple[str, ...] = ()
    wrong: tuple[tuple[str, str], ...] = ()
    peak_bytes: int = 0


class Worker:
    """A process that examines one file after the other, from its start to its end."""

    def __init__(self, command: list[str], folder: Path) -> None:
        (folder / "temp").mkdir(parents=True)
        self._stderr = folder.with_suffix(".txt")
        with self._stderr.open("w") as stderr:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.fuzz.worker", str(folder), *command],
                cwd=ROOT,
                env={**os.environ, "TMPDIR": str(folder / "temp")},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._asks: IO[str] = self._process.stdin
        self.answers: IO[str] = self._process.stdout
        self.answers.readline()  # that it is ready: what it loads is not the first file's
        self.line, self._since = "", 0.0

    @property
    def alive(self) -> bool:
        return not self.answers.closed

    @property
    def seconds(self) -> float:
        """Since it was given its file."""
        return time.monotonic() - self._since

    @property
    def resident_bytes(self) -> int:
        """Memory that it has now; 0 where the operating system does not tell."""
        with suppress(OSError):
            pages = Path(f"/proc/{self._process.pid}/statm").read_text(encoding="ascii").split()[1]
            return int(pages) * os.sysconf("SC_PAGE_SIZE")
        return 0

    def give(self, line: str) -> None:
        self.line, self._since = line, time.monotonic()
        self._asks.write(f"{line}\n")
        self._asks.flush()

    def answer(self) -> Told:
        """What it has to say of its file, or that it has died of it."""
        line, seconds = self.answers.readline(), self.seconds
        if not line:
            self.end()
            return self._fell("crashes", f"it ended with {self._process.returncode}", seconds)
        told: dict[str, Any] = json.loads(line)
        wrong = tuple((kind, what) for kind, what in told["wrong"])
        return Told(line=self.line, seconds=seconds, outcomes=tuple(told["outcomes"]), wrong=wrong, peak_bytes=told["peak_bytes"])

    def put_down(self, kind: str, why: str) -> Told:
        """End it while it works, with a look at where it stands."""
        seconds = self.seconds
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGABRT)  # faulthandler writes down every thread
        self.end()
        return self._fell(kind, why, seconds)

    def end(self) -> None:
        with suppress(OSError):
            self._asks.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self.answers.close()

    def _fell(self, kind: str, why: str, seconds: float) -> Told:
        last_words = self._stderr.read_text(errors="replace")[-_TOLD_BYTES:]
        return Told(line=self.line, seconds=seconds, wrong=((kind, f"{last_words}\n{why}"),))


class Keeper:
    """Some workers, each with a folder of its own below `folder`. `command` is what they are told at their start."""

    def __init__(self, command: list[str], folder: Path, *, workers: int, bounds: Bounds) -> None:
        self._command, self._folder, self._count, self._bounds = command, folder, workers, bounds
        self._lives = 0
        self._second_try: set[str] = set()
        self._at_work = selectors.DefaultSelector()

    def examine(self, lines: Iterator[str]) -> Iterator[Told]:
        """All of `lines`, in the order in which they are done."""
        try:
            for _, line in zip(range(self._count), lines, strict=False):
                self._start(line)
            while self._workers:
                for worker, told in self._done():
                    if any(kind == "hangs" for kind, _ in told.wrong) and told.line not in self._second_try:
                        self._second_try.add(told.line)  # a busy machine is no hang
                        self._start(told.line)
                    else:
                        yield told
                        self._next(worker, lines)
        finally:
            for worker in self._workers:
                worker.end()

    @property
    def _workers(self) -> list[Worker]:
        return [key.data for key in self._at_work.get_map().values()]

    def _start(self, line: str) -> None:
        self._lives += 1
        worker = Worker(self._command, self._folder / f"worker-{self._lives}")
        self._at_work.register(worker.answers, selectors.EVENT_READ, worker)
        worker.give(line)

    def _next(self, worker: Worker, lines: Iterator[str]) -> None:
        line = next(lines, "")
        if line and worker.alive:
            worker.give(line)
        elif line:
            self._start(line)
        elif worker.alive:
            self._at_work.unregister(worker.answers)
            worker.end()

    def _done(self) -> Iterator[tuple[Worker, Told]]:
        """Whoever has an answer, has died of its file, or must be ended for it; who is no more alive is no more at work."""
        heard = {key.data for key, _ in self._at_work.select(_LOOK_EVERY_S)}
        for worker in self._workers:
            told = worker.answer() if worker in heard else self._put_down(worker)
            if told is None:
                continue
            if not worker.alive:
                self._at_work.unregister(worker.answers)
            elif told.peak_bytes > self._bounds.memory_bytes:
                told = replace(told, wrong=(*told.wrong, ("over_memory", f"{told.peak_bytes / 1e6:.0f} MB")))
            yield worker, told

    def _put_down(self, worker: Worker) -> Told | None:
        used_bytes = worker.resident_bytes
        if used_bytes > self._bounds.memory_bytes:
            return worker.put_down("over_memory", f"{used_bytes / 1e6:.0f} MB")
        if worker.seconds > self._bounds.hang_s:
            return worker.put_down("hangs", f"nothing heard for {self._bounds.hang_s:g} s")
        return None
