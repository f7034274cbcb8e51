"""The command line as a person at a shell has it: a process of its own, on a machine with nothing but the two requirements."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lipsync.jobs.cli.folders import VARIABLE
from tests.support.bare_python import BarePython
from tests.support.repository import ROOT


def _heeds_ctrl_c() -> None:
    """Tests that a shell runs in the background, or under nohup, do not, and neither would what they start."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Shell:
    """Commands on the state folder `state_dir`."""

    def __init__(self, python: BarePython, state_dir: Path) -> None:
        self._python, self.state_dir = python, state_dir

    def start(self, *arguments: str, cwd: Path = ROOT, **environment: str | None) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*self._python.command, "-m", "lipsync.jobs", *arguments],
            cwd=cwd,
            env=self._python.environment(**{VARIABLE: str(self.state_dir), **environment}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=_heeds_ctrl_c,
        )

    def run(self, *arguments: str, cwd: Path = ROOT, **environment: str | None) -> Ended:
        """One command to its end. A traceback fails the test, whatever it looked for."""
        process = self.start(*arguments, cwd=cwd, **environment)
        out, err = process.communicate(timeout=60)
        assert "Traceback" not in err, err
        return Ended(process.returncode, out, err)

    def at(self, state_dir: Path) -> Shell:
        """The same for another folder."""
        return Shell(self._python, state_dir)

    def refused(self, *arguments: str, code: int, cwd: Path = ROOT, **environment: str | None) -> str:
        """The sentences of a command that must end with `code` and print no result, whatever progress it told before."""
        ended = self.run(*arguments, cwd=cwd, **environment)
        assert (ended.code, ended.out) == (code, ""), ended
        sentences = [line for line in ended.err.splitlines() if line[0].isupper()]
        assert all(sentence.endswith((".", '"')) for sentence in sentences), sentences
        return "\n".join(sentences)


def until_said(process: subprocess.Popen[str], words: str) -> str:
    """What `process` has told on stderr, up to the line with `words`."""
    told, give_up = "", time.monotonic() + 20
    assert process.stderr is not None
    while words not in told:
        assert time.monotonic() < give_up, told
        line = process.stderr.readline()
        assert line, f"it ended: {told}"
        told += line
    return told
