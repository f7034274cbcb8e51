"""The whole pack, in the stand-in for ComfyUI that the tests use."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import shutil
import sqlite3
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp.web
import av
import filelock
import numpy
import PIL.Image
import torch

from tests.comfyui_host import Host
from tests.comfyui_host.modules import install
from tests.support.repository import ROOT

from ..measured import NoMeasurement, measured

LOADED_BY_COMFYUI = (aiohttp.web, av, filelock, numpy, os, PIL.Image, sqlite3, torch)


def load(folder: str) -> dict[str, Any]:
    """What ComfyUI waits for at its start: the pack's import, its entry point and its list of nodes."""
    install(Path(folder), SimpleNamespace(interrupted=False, send_progress_text=None))
    loop = asyncio.new_event_loop()

    async def nodes() -> list[Any]:
        spec = importlib.util.spec_from_file_location("pack", ROOT / "__init__.py")
        assert spec is not None
        assert spec.loader is not None
        module = sys.modules["pack"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        extension = await module.comfy_entrypoint()
        await extension.on_load()
        return await extension.get_node_list()

    found = measured(lambda: loop.run_until_complete(nodes()), warm_up=lambda: None)
    return {**found.figures(), "nodes": len(found.result)}


def rerun(folder: str, clip: str) -> dict[str, Any]:
    """A graph that lip-syncs `clip`, run again in the same process by a host that remembers nothing of the first time."""
    host = Host(ROOT, Path(folder))
    shutil.copy(clip, Path(folder) / "input" / "clip.mp4")
    graph = {
        "clip": {"class_type": "SyncLoadVideo", "inputs": {"file": "clip.mp4"}},
        "sample": {"class_type": "SyncSample", "inputs": {}},
        "order": {
            "class_type": "SyncLipSync",
            "inputs": {"video": ["clip", 0], "audio": ["sample", 1], "service": "Sync", "model": "lipsync-2"},
        },
        "end": {"class_type": "PreviewAny", "inputs": {"source": ["order", 1]}},
    }

    def run() -> None:
        done = host.run(graph)
        if done.errors:
            raise NoMeasurement(str(done.errors))

    return measured(run, warm_up=run).figures()
