"""The runner of the folders that ComfyUI uses now. One per process and set of folders."""

from __future__ import annotations

import threading

from ..lipsync.engine import ENGINE
from ..lipsync.jobs.database import FILE_NAME
from ..lipsync.jobs.runner import Runner
from ..lipsync.workspace import Workspace
from ._comfy import workspace

_runners: dict[Workspace, Runner] = {}
_lock = threading.Lock()


def runner() -> Runner:
    """The runner, started on first use."""
    with _lock:
        place = workspace()
        if place not in _runners:
            _runners[place] = Runner(place)
        return _runners[place]


def runner_if_used() -> Runner | None:
    """The runner if this user has ever ordered anything: looking at a node's widgets must not create files."""
    return runner() if _was_used() else None


def resume() -> None:
    """Go on at once with what a former ComfyUI has paid for: its graph may never run again, and no service keeps a film for ever.

    What is wrong with the journal is for the node to say that next needs it: it must not keep the pack from loading.
    """
    if _was_used():
        ENGINE.start(_resume())


async def _resume() -> None:
    runner().resume()


def _was_used() -> bool:
    return (workspace().state_dir / FILE_NAME).exists()
