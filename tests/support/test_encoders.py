"""No encoder that draws a clip takes the machine for itself."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.media.clips import make_clip


@pytest.mark.skipif(sys.platform != "linux", reason="the policy of every thread is Linux's to tell")
def test_after_av1_nothing_is_real_time(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mp4", codec="libsvtav1", options={"preset": "12"}, frames=3, width=128, height=96)
    policies = {os.sched_getscheduler(int(task.name)) for task in Path("/proc/self/task").iterdir()}
    assert policies == {os.SCHED_OTHER}
