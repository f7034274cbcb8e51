"""`python -m tests.fuzz.worker FOLDER SEEDS SEED [FAULT]`: examines the files whose numbers it reads, one after the other, and tells each.

A line is a number of the plan, or a path to a file. It sees a machine with little memory, and so do the checks of the product.
"""

from __future__ import annotations

import faulthandler
import json
import os
import shutil
import sys
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

from lipsync import host
from tests.fuzz.examiner import Examiner
from tests.fuzz.faults import FAULTS
from tests.fuzz.plan import case
from tests.fuzz.seeds import read_seeds

FREE_BYTES = 1 << 29


def peak_bytes() -> int:
    """The most memory that this process has had since `forget_peak`; 0 where the operating system does not tell."""
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def forget_peak() -> None:
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


class Worker:
    """Its `folder` holds the file at hand and nothing else, unless something was left behind."""

    def __init__(self, seed: int, seeds: Path, folder: Path) -> None:
        self._seed, self._seeds, self._folder = seed, read_seeds(seeds), folder
        self._made, self._temp = folder / "made", folder / "temp"

    def examine(self, line: str) -> dict[str, Any]:
        path = self._file(line)
        forget_peak()
        examined = Examiner(path, self._made)()
        told = {"outcomes": list(examined.outcomes.values()), "wrong": examined.wrong, "peak_bytes": peak_bytes()}
        path.unlink(missing_ok=True)
        for left in self._left_behind():
            told["wrong"].append(("leftovers", str(left.relative_to(self._folder))))
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        return told

    def _file(self, line: str) -> Path:
        if not line.isdecimal():
            return Path(shutil.copyfile(line, self._folder / Path(line).name))
        spoilt = case(self._seed, int(line), self._seeds)
        path = self._folder / spoilt.name
        path.write_bytes(spoilt.data)
        return path

    def _left_behind(self) -> list[Path]:
        places = (self._made, self._temp, self._folder)
        return [left for place in places if place.exists() for left in place.iterdir() if left not in (self._made, self._temp)]


def main() -> None:
    folder, seeds, seed, *fault = sys.argv[1:]
    faulthandler.enable()
    warnings.simplefilter("error", RuntimeWarning)  # numpy's: what it warns of is wrong later
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")  # libraries may write what they like to the other one
    os.dup2(2, 1)
    host.free_memory_bytes = lambda: FREE_BYTES
    for name in fault:
        FAULTS[name]()
    worker = Worker(int(seed), Path(seeds), Path(folder))
    answers.write("ready\n")
    answers.flush()
    for line in sys.stdin:
        answers.write(json.dumps(worker.examine(line.strip())) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
