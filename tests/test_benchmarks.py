"""`make bench` at its smallest: that every figure is measured, and what becomes of it without ComfyUI. A benchmark itself is not a test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.figures import GOALS, worse_of
from tests.support.comfy_checkout import ABSENT, checkouts
from tests.support.repository import ROOT


def bench(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """What it prints, both streams together, as somebody sees it who runs it."""
    command = [sys.executable, "-m", "benchmarks", *arguments]
    env = {**os.environ, **environment}
    return subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


@pytest.mark.comfyui
@pytest.mark.skipif(not checkouts(), reason=ABSENT)
def test_the_last_line_is_every_figure_and_the_lines_above_judge_each() -> None:
    ended = bench("--tiny")
    assert ended.returncode == 0, ended.stdout
    *lines, last = ended.stdout.splitlines()
    figures = json.loads(last)
    assert list(figures) == list(GOALS)
    assert all(isinstance(figure, float) for figure in figures.values())
    for key, goal in GOALS.items():
        assert f"{key} {figures[key]:.3f}: {goal.judged(figures[key])} ({goal.what})" in lines


@pytest.mark.parametrize("path", ["", "nowhere"])
def test_without_comfyui_it_says_so(path: str, tmp_path: Path) -> None:
    ended = bench(COMFYUI_PATH=path and str(tmp_path / path), HOME=str(tmp_path), USERPROFILE=str(tmp_path))
    assert ended.returncode == 2
    assert ended.stdout.startswith("There is no ComfyUI to measure beside")


def test_of_two_sizes_the_worse_counts() -> None:
    small, large = {"decode_speed_x": 4.0, "decode_over_ceiling": 1.3}, {"decode_speed_x": 3.0, "decode_over_ceiling": 1.1}
    assert worse_of([small, large]) == {"decode_speed_x": 3.0, "decode_over_ceiling": 1.3}


def test_a_goal_is_met_by_reaching_it() -> None:
    assert GOALS["decode_speed_x"].judged(3.5).endswith(": met")
    assert GOALS["decode_speed_x"].judged(3.49).endswith(": MISSED")
    assert GOALS["import_ms"].judged(100.0).endswith(": met")
    assert GOALS["import_ms"].judged(100.1).endswith(": MISSED")
