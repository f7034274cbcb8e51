"""A short storm: nothing is bought twice, nothing is lost, nothing is left lying about, and nothing is called unknown that is not."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.support.repository import ROOT

FIGURES = ["jobs", "kills", "duplicates", "lost", "unknown_told", "unknown_due", "orphan_files", "seconds"]


def test_a_short_storm() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.chaos", "--jobs", "150", "--kills", "20"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=180,
    )
    lines = ended.stdout.splitlines()
    assert ended.returncode == 0, ended.stdout
    assert lines[0].startswith("SEED=")
    figures = json.loads(lines[-1])
    assert list(figures) == FIGURES
    assert figures["jobs"] >= 150
    assert figures["kills"] >= 20
    assert (figures["duplicates"], figures["lost"], figures["orphan_files"]) == (0, 0, 0)
    assert figures["unknown_told"] <= figures["unknown_due"]
