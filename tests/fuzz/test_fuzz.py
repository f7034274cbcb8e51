"""Half a minute of fuzzing: nothing crashes, hangs or takes too much, and everything is said in a sentence or done as it is told."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.examiner import Examiner
from tests.fuzz.seeds import FILMS, PHOTOS, SEEDS, SOUNDS
from tests.support.repository import ROOT

FIGURES = [
    *("files", "seconds", "crashes", "hangs", "over_memory", "not_sentences", "not_as_told", "leftovers"),
    *("refused", "accepted", "stopped", "slowest_s", "peak_mb"),
]


def test_two_thousand_spoilt_files() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "--seed", "5", "--files", "2000", "--workers", "1"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    assert ended.returncode == 0, ended.stdout
    figures = json.loads(ended.stdout.splitlines()[-1])
    assert list(figures) == FIGURES
    assert figures["files"] == 2000
    assert figures["refused"] > 400, "spoilt so little that nothing is refused"
    assert figures["accepted"] > 400, "spoilt so much that nothing is deep inside"


@pytest.mark.parametrize("name", SEEDS)
def test_what_is_spoilt_was_right(name: str, tmp_path: Path) -> None:
    SEEDS[name](tmp_path / name)
    examined = Examiner(tmp_path / name, tmp_path / "made", whole=True)()
    assert examined.wrong == []
    wanted = {"look": name in FILMS, "video": name in FILMS, "speech": name in SOUNDS, "frames": name in FILMS, "photo": name in PHOTOS}
    assert [work for work, outcome in examined.outcomes.items() if outcome != "accepted" and wanted[work]] == []
