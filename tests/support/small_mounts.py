"""A real disk of a test's own, small or not to be written to."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def mounted(place: Path, options: str) -> Iterator[Path]:
    """`place` as a tmpfs with these mount options; skips the test where none can be mounted."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root can mount a disk")
    place.mkdir()
    told = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], capture_output=True, text=True, check=False)
    if told.returncode:
        pytest.skip(f"no disk can be mounted here: {told.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)
