"""`make bench`, or `python -m benchmarks [PART...]`: each figure beside its goal, and last all of them as one JSON object.

Both sides run under ComfyUI's own Python (COMFYUI_PYTHON), from the newest checkout of COMFYUI_PATH or ~/.cache/comfyui.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.support.comfy_checkout import ABSENT

from .decoding import decoding
from .encoding import encoding
from .figures import GOALS
from .scale import FULL, TINY, Scale
from .subject import ABOUT, Subject, newest_subject

_NO_COMFYUI = 2


def main() -> int:
    """0 once everything is measured, whatever the figures are; 2 where there is no ComfyUI to measure beside."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", metavar="PART", nargs="*", help=f"only some of it: {', '.join(PARTS)}")
    parser.add_argument("--tiny", action="store_true", help="as little as possible, to see that it runs; the figures mean nothing")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        subject = newest_subject(folder / "packages")
        if subject is None:
            sys.stderr.write(f"There is {ABSENT}.\n")
            return _NO_COMFYUI
        load = ", ".join(f"{average:.2f}" for average in os.getloadavg())
        _say(f"ComfyUI {subject.checkout.version}, {subject.output_of('-c', ABOUT)}; {os.cpu_count()} cores, load {load}")
        scale = TINY if wanted.tiny else FULL
        figures: dict[str, float] = {}
        for part in wanted.parts or PARTS:
            figures |= PARTS[part](subject, folder, scale)
    for key, value in figures.items():
        _say(f"{key} {value:.3f}: {GOALS[key].judged(value)} ({GOALS[key].what})")
    _say(json.dumps({key: round(value, 3) for key, value in figures.items()}))
    return 0


def _worse_of_all_sizes(measure: Callable[..., dict[str, float]]) -> Callable[[Subject, Path, Scale], dict[str, float]]:
    def measured(subject: Subject, folder: Path, scale: Scale) -> dict[str, float]:
        each = [measure(subject, folder, shape, scale.rounds, _say) for shape in scale.shapes]
        return {key: GOALS[key].worse([figures[key] for figures in each]) for key in each[0]}

    return measured


PARTS = {"decode": _worse_of_all_sizes(decoding), "encode": _worse_of_all_sizes(encoding)}


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
