"""A process that goes on for weeks: what it uses after many films is what it used after the first ones.

`ENDURANCE_JOBS=2000` makes it the full 2,000, which take minutes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lipsync.long_run import AT_ONCE
from tests.lipsync.studio import Studio
from tests.sandbox.clips import make_video, make_wav, tone
from tests.support.repository import ROOT

JOBS = int(os.environ.get("ENDURANCE_JOBS", "200"))
WARM_UP = JOBS // 4


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux tells so plainly what a process uses")
def test_memory_threads_and_sockets_stay_as_they_are(studio: Studio, tmp_path: Path) -> None:
    studio.sandbox.settings(slots=1000, segmind_credits=10.0 * JOBS)
    clip, speech = make_video(tmp_path / "clip.mp4", seconds=0.2), make_wav(tmp_path / "speech.wav", tone(0.2))
    spec = {"base": str(tmp_path), "clip": str(clip), "speech": str(speech), "marks": [WARM_UP, JOBS]}
    ended = subprocess.run(
        [sys.executable, "-m", "tests.lipsync.long_run", json.dumps(spec)], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    warm, late = json.loads(ended.stdout)
    sys.stdout.write(f"{JOBS} films: {warm} {late}\n")
    assert len(studio.purchases()) == len(studio.films()) == JOBS
    assert late["resident_bytes"] < warm["resident_bytes"] * 1.05
    assert late["objects"] - warm["objects"] < JOBS - WARM_UP, "not even one for each job"
    assert late["threads"] == warm["threads"]
    assert max(warm["sockets"], late["sockets"]) <= 2 * AT_ONCE, "idle ones are kept for some seconds, at most one for each job at once"
