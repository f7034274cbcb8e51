"""Fuzzing can fail: each planted fault is reported by a run of few files, and the same run without a fault is clean."""

from __future__ import annotations

import itertools
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
Run = Callable[[str], Result]


@pytest.fixture
def few(tmp_path: Path) -> Run:
    """The first few films of a run in which a file may take three seconds."""

    def few(fault: str) -> Result:
        lines = map(str, itertools.islice(itertools.count(), 6))
        places = {"folder": tmp_path / "work", "findings": tmp_path / "findings"}
        return run(2, lines, **places, workers=1, say=lambda _: None, bounds=Bounds(hang_s=3.0), fault=fault)

    return few


def test_every_fault_is_known() -> None:
    assert set(SHOWS) == set(FAULTS)


@pytest.mark.parametrize("fault", SHOWS)
def test_a_planted_fault_is_reported_and_its_file_is_kept(fault: str, few: Run, tmp_path: Path) -> None:
    result = few(fault)
    assert result.files == 6
    assert set(result.found) == {SHOWS[fault]}
    kept = sorted((tmp_path / "findings").glob("*.json"))
    assert len(kept) == result.found[SHOWS[fault]]
    story = json.loads(kept[0].read_text())
    assert story["found"][0][0] == SHOWS[fault]
    assert story["done"]
    assert kept[0].with_suffix("").read_bytes()


def test_the_same_run_without_one_is_clean(few: Run) -> None:
    assert few("").found == {}
