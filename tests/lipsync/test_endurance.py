"""A process that goes on for weeks: what it uses after many films is what it used after a few."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lipsync.studio import Studio
from tests.sandbox.clips import make_video, make_wav, tone
from tests.support.repository import ROOT

JOBS = int(os.environ.get("ENDURANCE_JOBS", "240"))
WARM_UP = JOBS // 4


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux tells so plainly what a process uses")
def test_memory_threads_and_sockets_stay_as_they_are(studio: Studio, tmp_path: Path) -> None:
    studio.sandbox.settings(slots=1000, segmind_credits=1000.0)
    clip, speech = make_video(tmp_path / "clip.mp4", seconds=0.2), make_wav(tmp_path / "speech.wav", tone(0.2))
    spec = {"base": str(tmp_path), "clip": str(clip), "speech": str(speech), "marks": [WARM_UP, JOBS]}
    ended = subprocess.run(
        [sys.executable, "-m", "tests.lipsync.long_run", json.dumps(spec)], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    warm, late = json.loads(ended.stdout)
    print(warm, late)
    assert len(studio.purchases()) == len(studio.films()) == JOBS
