"""What importing costs and touches, measured in fresh interpreters."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.repository import ROOT

pytestmark = pytest.mark.alone
TRIES = 3  # the fastest counts: the machine may be busy, and the first one writes the bytecode

ENGINE = """
import json, sys, time
started = time.perf_counter()
import lipsync.jobs, lipsync.services
print(json.dumps({"took_s": time.perf_counter() - started, "heavy": [name for name in ("torch", "numpy", "av") if name in sys.modules]}))
"""

PACK = """
import asyncio, importlib.util, inspect, json, sys, threading, time
from pathlib import Path
from types import SimpleNamespace

import aiohttp.web, av, filelock, numpy, PIL.Image, sqlite3, torch  # as ComfyUI itself has done
from tests.comfyui_host.modules import install

pack, base = Path(sys.argv[1]), Path(sys.argv[2])
install(base, SimpleNamespace(interrupted=False, send_progress_text=None))


async def load():
    spec = importlib.util.spec_from_file_location("pack", pack / "__init__.py")
    module = sys.modules["pack"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    extension = module.comfy_entrypoint()
    extension = await extension if inspect.isawaitable(extension) else extension
    await extension.on_load()
    return await extension.get_node_list()


touched, threads = [], threading.active_count()
loop = asyncio.new_event_loop()


def note(event, args):
    written = event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+")
    if written or event in ("os.mkdir", "os.rename", "os.remove", "socket.connect", "socket.bind", "sqlite3.connect", "subprocess.Popen"):
        touched.append(f"{event} {args[0]}")


sys.addaudithook(note)
started = time.perf_counter()
nodes = loop.run_until_complete(load())
took_s = time.perf_counter() - started
seen = list(touched)
print(json.dumps({"took_s": took_s, "touched": seen, "threads": threading.active_count() - threads, "nodes": len(nodes)}))
"""


def measured(script: str, *arguments: Path) -> dict[str, Any]:
    """What `script` found in the fastest of a few fresh interpreters, each with the bytecode that an unmeasured one wrote."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    output_of(command)
    command.insert(1, "-B")
    return min((json.loads(output_of(command)) for _ in range(TRIES)), key=lambda found: found["took_s"])


def output_of(command: list[str]) -> str:
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.splitlines()[-1]


def test_jobs_and_services_start_without_the_heavy_libraries() -> None:
    found = measured(ENGINE)
    assert found["heavy"] == []
    assert found["took_s"] < 0.5


def test_the_pack_loads_fast_and_touches_nothing(tmp_path: Path) -> None:
    found = measured(PACK, ROOT, tmp_path)
    assert found["nodes"] > 0
    assert found["touched"] == []
    assert found["threads"] == 0
    assert found["took_s"] < 0.1
