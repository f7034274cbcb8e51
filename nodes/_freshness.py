"""Why a node runs again: ComfyUI keeps a node's output as long as its fingerprint stays, and success must not change that.

ComfyUI would hand a dead job to Wait for ever, and show a film whose file is gone. So every ordering node has a counter in its
fingerprint, which rises when its job failed, its clip was skipped, or its film has left the disk.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

_counters: defaultdict[str, int] = defaultdict(int)
_films: defaultdict[str, set[Path]] = defaultdict(set)
_orders: defaultdict[str, set[str]] = defaultdict(set)
_offered: dict[str, tuple[str, ...]] = {}


def fingerprint(node_id: str) -> int:
    """The counter of a node; raised here if a film that it handed out is no longer there."""
    if any(not film.exists() for film in _films[node_id]):
        run_again(node_id)
    return _counters[node_id]


def run_again(*node_ids: str) -> None:
    """At the next queue these nodes run again, whatever ComfyUI remembers."""
    for node_id in node_ids:
        _counters[node_id] += 1
        _films.pop(node_id, None)


def handed_out(node_id: str, film: Path) -> None:
    """This node's output lives as long as `film` does."""
    _films[node_id].add(film)


def ordered(node_id: str, job: str) -> None:
    """This node has handed out `job`; a twin may have, too."""
    _orders[job].add(node_id)


def makers_of(job: str) -> set[str]:
    """Every node that has handed out `job`: if it failed, all of them must run again, or one that does not fails the others."""
    return _orders[job]


def offered(node_id: str, jobs: tuple[str, ...]) -> tuple[str, ...]:
    """`jobs`, which a node could hand out now; while there are none, the last that it could: so it keeps them for what is behind it."""
    if jobs:
        _offered[node_id] = jobs
    return _offered.get(node_id, ())
