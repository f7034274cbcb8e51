"""`make bench`, or `python -m benchmarks [PART...]`: each figure beside its goal, and last all of them as one JSON object.

Both sides run under ComfyUI's own Python (COMFYUI_PYTHON), from the newest checkout of COMFYUI_PATH or ~/.cache/comfyui.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from .bench import Bench, say
from .decoding import decoding
from .encoding import encoding
from .figures import GOALS
from .loading import loading
from .measured import NoMeasurement
from .scale import FULL, TINY, Scale
from .serving import running_again, side_by_side, uploading, waiting
from .subject import Subject, newest_subject

_FAILED, _NO_COMFYUI = 1, 2
PARTS = {
    "decode": decoding,
    "encode": encoding,
    "upload": uploading,
    "wait": waiting,
    "parallel": side_by_side,
    "rerun": running_again,
    "import": loading,
}


def main() -> int:
    """0 once everything is measured, whatever the figures are; 2 where there is no ComfyUI to measure beside; 1 if something fails."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", metavar="PART", nargs="*", choices=[[], *PARTS], help=f"only some of it: {', '.join(PARTS)}")
    parser.add_argument("--tiny", action="store_true", help="as little as possible, to see that it runs; the figures mean nothing")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as packages:
        subject = newest_subject(Path(packages))
        if subject is None:
            sys.stderr.write("There is no ComfyUI to measure beside: set COMFYUI_PATH, or put a checkout into ~/.cache/comfyui.\n")
            return _NO_COMFYUI
        load = ", ".join(f"{average:.2f}" for average in os.getloadavg())
        try:
            say(f"{subject}; {os.cpu_count()} cores, load {load}. Medians (least..most).")
            figures = _figures(wanted.parts or [*PARTS], subject, TINY if wanted.tiny else FULL)
        except NoMeasurement as failure:
            sys.stderr.write(f"{failure}\n")
            return _FAILED
    for key, value in figures.items():
        say(f"{key} {value:.3f}: {GOALS[key].judged(value)} ({GOALS[key].what})")
    say(json.dumps({key: round(value, 3) for key, value in figures.items()}))
    return 0


def _figures(parts: Sequence[str], subject: Subject, scale: Scale) -> dict[str, float]:
    figures: dict[str, float] = {}
    for part in parts:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            figures |= PARTS[part](Bench(subject=subject, scale=scale, folder=Path(folder)))
    return figures


if __name__ == "__main__":
    sys.exit(main())
