"""Processes that can be killed: a nursery that has everything loaded forks one whenever it is asked to."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.repository import ROOT


@dataclass(frozen=True)
class Process:
    """A forked process. `told` has how it ended, unless it was killed."""

    pid: int
    told: Path

    @property
    def alive(self) -> bool:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def kill(self) -> None:
        if self.alive:
            os.kill(self.pid, signal.SIGKILL)

    @property
    def end(self) -> dict[str, Any]:
        """What it told of its end: `crash` if it was not as planned. Empty if it was killed."""
        told: dict[str, Any] = json.loads(self.told.read_text(encoding="utf-8")) if self.told.exists() else {}
        return told


class Nursery:
    """The module `name`, whose main part is `serve`, at work."""

    def __init__(self, name: str, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", name],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def fork(self, spec: Mapping[str, Any]) -> int:
        """The id of a process that does what `spec` says."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(spec) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=20)
        self._process.stdout.close()


def serve(run: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """The nursery's own side: fork a process for every line that comes in, and let it `run` what the line says."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody here waits for the children
    for line in sys.stdin:
        spec = json.loads(line)
        pid = os.fork()
        if pid:
            sys.stdout.write(f"{pid}\n")
            sys.stdout.flush()
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.environ.update(spec["environment"])
        told = Path(spec["told"])
        try:
            told.write_text(json.dumps(run(spec)), encoding="utf-8")
        except BaseException:  # noqa: BLE001  # whatever it is, the test is to see it
            told.write_text(json.dumps({"crash": traceback.format_exc()}), encoding="utf-8")
        os._exit(0)
