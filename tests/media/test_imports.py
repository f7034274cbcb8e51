"""What a machine that only collects films must be able to load: it has neither av nor torch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIGHT = ("sources", "prepared", "links", "digests", "film", "rates")


def test_the_light_modules_load_no_media_library() -> None:
    program = f"""
import sys, importlib
for name in {LIGHT!r}:
    importlib.import_module("lipsync.media." + name)
heavy = {{"av", "numpy", "torch"}} & set(sys.modules)
assert not heavy, heavy
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
