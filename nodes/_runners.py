"""The runner of the folders that ComfyUI uses now. One per process and set of folders."""

from __future__ import annotations

import threading

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
    return runner() if (workspace().state_dir / FILE_NAME).exists() else None
