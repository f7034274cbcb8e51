"""`make chaos`, or `python -m tests.chaos --seed N --jobs N --kills N`: what becomes of the money when everything breaks at once."""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from pathlib import Path

from tests.chaos.chaos import Result, run
from tests.chaos.plan import draw
from tests.chaos.world import Workers, fast_clock

_SHOWN = 40


def main() -> int:
    """0 if nothing was bought twice, lost, left lying about, or called unknown without need, and all was done that was to be."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000), help="the same plan again")
    parser.add_argument("--jobs", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--keep", type=Path, help="leave all folders in this one, which must be new or empty")
    wanted = parser.parse_args()
    _say(f"SEED={wanted.seed}")
    nursery = Workers(fast_clock())
    try:
        with tempfile.TemporaryDirectory(prefix="chaos-") as passing:
            folder = (wanted.keep or Path(passing)).resolve()
            result = run(draw(wanted.seed, jobs=wanted.jobs, kills=wanted.kills), folder, nursery, say=_say)
    finally:
        nursery.close()
    return _report(result)


def _report(result: Result) -> int:
    _say("Killed: " + ", ".join(f"{count} x {point}" for point, count in sorted(result.story.kills.items())))
    wrong = result.wrong()
    for line in wrong[:_SHOWN]:
        _say(f"WRONG, {line}")
    if len(wrong) > _SHOWN:
        _say(f"WRONG, and {len(wrong) - _SHOWN} more")
    _say(json.dumps(result.figures()))
    return 1 if wrong else 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
