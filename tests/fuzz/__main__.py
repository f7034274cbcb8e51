"""`make fuzz`, or `python -m tests.fuzz --seed N --files N`: what becomes of us when files are not what they say.

`python -m tests.fuzz FILE ...` examines files that were kept, or any other.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import sys
import tempfile
from pathlib import Path

from tests.fuzz.fuzz import run
from tests.support.repository import ROOT

FINDINGS = ROOT / "build" / "fuzz"


def main() -> int:
    """0 if nothing crashed, hung, took too much memory, said what nobody understands, told what is not so, or left files behind."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000), help="the same files again")
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--from", dest="first", type=int, default=0, help="the number of the first file")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("paths", metavar="FILE", nargs="*", help="examine these instead")
    wanted = parser.parse_args()
    _say(f"SEED={wanted.seed}")
    numbers = map(str, itertools.islice(itertools.count(wanted.first), wanted.files))
    lines = iter([str(Path(path).resolve()) for path in wanted.paths]) if wanted.paths else numbers
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        result = run(wanted.seed, lines, Path(folder), findings=FINDINGS, workers=wanted.workers, say=_say)
    figures = result.figures()
    if result.found:
        _say(f"Kept in {FINDINGS.relative_to(ROOT)}. To see one again: python -m tests.fuzz FILE")
    _say(json.dumps(figures))
    return 1 if result.found else 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
