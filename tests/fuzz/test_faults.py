"""Fuzzing can fail: each planted fault is reported by a run of few files, and the same run without a fault is clean."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fuzz.faults import FAULTS
from tests.fuzz.fuzz import Result, run
from tests.fuzz.keeper import Bounds

SHOWS = {
    "a_crash": "crashes",
    "a_hang": "hangs",
    "swallowed_memory": "over_memory",
    "a_foreign_exception": "not_sentences",
    "an_error_number": "not_sentences",
    "a_file_left_behind": "leftovers",
    "a_lie_about_length": "not_as_told",
}
_FILES = ("1", "4")  # of which films can be made, spoilt as they are
Run = Callable[[str], Result]


@pytest.fixture
def few(tmp_path: Path) -> Run:
    """Two files of a run with narrow bounds."""

    def few(fault: str) -> Result:
        bounds = Bounds(hang_s=2.0 if fault == "a_hang" else 10.0, memory_bytes=900_000_000)
        places = {"folder": tmp_path / "work", "findings": tmp_path / "findings"}
        return run(2, iter(_FILES), **places, workers=1, say=lambda _: None, bounds=bounds, fault=fault)

    return few


def test_every_fault_is_known() -> None:
    assert set(SHOWS) == set(FAULTS)


@pytest.mark.parametrize("fault", SHOWS)
def test_a_planted_fault_is_reported_and_its_file_is_kept(fault: str, few: Run, tmp_path: Path) -> None:
    if fault == "swallowed_memory" and not Path("/proc/self/statm").exists():
        pytest.skip("only Linux tells how much memory another process has")
    result = few(fault)
    assert result.files == len(_FILES)
    assert set(result.found) == {SHOWS[fault]}
    assert result.found[SHOWS[fault]] == len(_FILES)
    kept = sorted((tmp_path / "findings").glob("*.json"))
    assert len(kept) == len(_FILES)
    story = json.loads(kept[0].read_text())
    assert story["found"][0][0] == SHOWS[fault]
    assert story["done"]
    assert kept[0].with_suffix("").read_bytes()


def test_the_same_run_without_one_is_clean(few: Run) -> None:
    result = few("")
    assert result.found == {}
    assert result.outcomes == {"accepted": len(_FILES)}
