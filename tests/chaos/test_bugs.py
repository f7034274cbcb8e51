"""Chaos can fail: each planted bug is reported by a run of few jobs, and the same run without the bug is clean."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.bugs import BUGS
from tests.chaos.chaos import run
from tests.chaos.faults import CALM, Fault
from tests.chaos.plan import Mix, User, draw
from tests.chaos.world import Workers

SYNC, SEGMIND = (User(name="sync", service="Sync"),), (User(name="segmind", service="Segmind"),)


def mix(
    users: tuple[User, ...],
    *faults: Fault,
    points: tuple[str, ...] = (),
    settings: dict[str, Any] | None = None,
    twins: float = 0.0,
    left: float = 0.0,
) -> Mix:
    """Nothing but what is named."""
    return Mix(
        users=users,
        points=points,
        faults=faults or ({},),
        faults_per_job=0.5 if faults else 0.0,
        settings=({**CALM, **(settings or {})},),
        sandbox_dies=False,
        twins=twins,
        left=left,
        at_a_time=1 if twins else 4,
    )


# While one waits for its turn, the other finds the same job unsent; and while that one is being answered, the first has its turn.
BUSY = {"operation": "segmind_submit", "kind": "error", "status": 429, "headers": {"retry-after": "3"}, "times": 16}
LONG = {"accept_s": 20.0}


@dataclass(frozen=True, kw_only=True)
class Case:
    """The run that shows a bug, and the figure that does."""

    mix: Mix
    shows: str
    kills: int = 0
    jobs: int = 12


CASES: dict[str, Case] = {
    "journal_after_the_post": Case(
        mix=mix(SEGMIND, points=("accepted, not yet written down", "the whole body sent")), kills=4, shows="duplicates"
    ),
    "a_fresh_key_per_retry": Case(mix=mix(SYNC, {"operation": "create", "kind": "drop_after"}), shows="duplicates"),
    "no_lock": Case(mix=mix(SEGMIND, BUSY, twins=1.0, settings=LONG), jobs=4, shows="duplicates"),
    "retry_on_a_read_timeout": Case(
        mix=mix(SEGMIND, {"operation": "segmind_submit", "kind": "slow", "delay_s": 150.0}), jobs=4, shows="duplicates"
    ),
    "done_before_the_rename": Case(mix=mix(SYNC, points=("before rename",), left=1.0), kills=8, jobs=20, shows="orphan_files"),
    "everything_unknown": Case(mix=mix(SEGMIND), jobs=6, shows="unknown_told"),
}


def test_every_bug_has_its_case() -> None:
    assert set(CASES) == set(BUGS)


@pytest.mark.parametrize("bug", CASES)
def test_a_planted_bug_is_reported(bug: str, nursery: Workers, tmp_path: Path) -> None:
    case = CASES[bug]
    result = run(draw(1, jobs=case.jobs, kills=case.kills, mix=case.mix), tmp_path, nursery, say=lambda _: None, bug=bug)
    figures = result.figures()
    allowed = figures["unknown_due"] if case.shows == "unknown_told" else 0
    assert figures[case.shows] > allowed, (figures, result.wrong())
    assert result.wrong()


@pytest.mark.parametrize("bug", CASES)
def test_the_same_run_without_it_is_clean(bug: str, nursery: Workers, tmp_path: Path) -> None:
    case = CASES[bug]
    result = run(draw(1, jobs=case.jobs, kills=case.kills, mix=case.mix), tmp_path, nursery, say=lambda _: None)
    assert result.wrong() == []
