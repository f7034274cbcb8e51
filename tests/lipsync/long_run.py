"""One process that makes many films, most of them at Sync: `python -m tests.lipsync.long_run SPEC`.

SPEC is JSON: where things are, and `marks`, numbers of films after which the process looks at itself and says what it uses.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
from pathlib import Path
from typing import Any

from lipsync.engine import ENGINE
from lipsync.jobs.runner import Runner
from lipsync.workspace import Workspace
from tests.lipsync.mortal import request_of

AT_ONCE, SEGMIND_EVERY = 20, 5


def used() -> dict[str, int]:
    gc.collect()
    resident_pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return {
        "resident_bytes": resident_pages * os.sysconf("SC_PAGE_SIZE"),
        "threads": len(os.listdir("/proc/self/task")),
        "sockets": sum(os.readlink(file).startswith("socket:") for file in os.scandir("/proc/self/fd") if os.path.islink(file)),
        "objects": len(gc.get_objects()),
    }


async def film(runner: Runner, spec: dict[str, Any], take: int) -> None:
    request = request_of({**spec, "service": "Sync" if take % SEGMIND_EVERY else "Segmind", "take": take})
    await runner.lip_sync(request, node_id="1", listener=lambda progress: None)


async def films(runner: Runner, spec: dict[str, Any], takes: range) -> None:
    await asyncio.gather(*[film(runner, spec, take) for take in takes])


def run(spec: dict[str, Any]) -> list[dict[str, int]]:
    runner = Runner(Workspace(*[Path(spec["base"]) / name for name in ("state", "output", "temp")]))
    told, made = [], 0
    for mark in spec["marks"]:
        while made < mark:
            until = min(made + AT_ONCE, mark)
            ENGINE.wait(films(runner, spec, range(made, until)))
            made = until
        told.append(used())
    return told


if __name__ == "__main__":
    sys.stdout.write(json.dumps(run(json.loads(sys.argv[1]))))
