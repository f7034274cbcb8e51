"""Results go to stdout, all else to stderr."""

from __future__ import annotations

import json
import re
import shutil
import sys

from ..progress import Progress

_BYTES = re.compile(r": [\d.]+( of [\d.]+)? MB$")  # more of the same is no change


def result(text: str) -> None:
    """A line, or lines, of what was asked for."""
    sys.stdout.write(f"{text}\n")


def result_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, indent=1) + "\n")


def aside(sentence: str) -> None:
    """A sentence that is not what was asked for: an error, or what to do next."""
    sys.stderr.write(f"{sentence}\n")


class ProgressLines:
    """How it goes, on stderr: one line that changes in place on a terminal, else a line for each change of what is being done."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._last: dict[str, str] = {}

    def tell(self, progress: Progress) -> None:
        if self._terminal:
            line = f"{progress.job}  {progress.line()}".strip()
            sys.stderr.write(f"\r\x1b[K{line[: shutil.get_terminal_size().columns - 1]}")
            sys.stderr.flush()
            return
        doing = _BYTES.sub("", progress.text)
        if self._last.get(progress.job) != doing:
            self._last[progress.job] = doing
            aside(f"{progress.job}  {doing}".strip())

    def end(self) -> None:
        """Leave the place clean for what comes next."""
        if self._terminal:
            sys.stderr.write("\r\x1b[K")
