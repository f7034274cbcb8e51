"""A stand-in for ComfyUI: loads the pack as ComfyUI does, runs workflows in API format. No cache, lists, lazy inputs or expansion."""

from __future__ import annotations

import asyncio
import copy
import importlib.util
import inspect
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch

from .core import CORE_NODES
from .modules import ExecutionBlocker, InterruptProcessingException, install
from .prompt import arguments, live_inputs, refusals

Prompt = dict[str, dict[str, Any]]


@dataclass(kw_only=True)
class Run:
    """What became of one prompt, by node id. A refused prompt has `errors` and nothing else."""

    outputs: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    ui: dict[str, dict[str, Any]] = field(default_factory=dict)
    texts: dict[str, list[str]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    interrupted: bool = False


class Host:
    """One ComfyUI process: its folders lie below `base`; it has the pack in the folder `pack`, imported afresh, and a few core nodes."""

    def __init__(self, pack: Path, base: Path) -> None:
        self.interrupted = False
        install(base.resolve(), self)
        self._pack = {node.define_schema().node_id: node for node in asyncio.run(_load(pack.resolve()))}
        self._module = f"custom_nodes.{pack.resolve().name}"
        self._nodes = {node.define_schema().node_id: node for node in CORE_NODES} | self._pack

    def object_info(self) -> dict[str, Any]:
        """What /object_info says about the pack's nodes."""
        return json.loads(json.dumps({name: node.define_schema().info(self._module) for name, node in self._pack.items()}))

    def interrupt(self) -> None:
        """What the stop button does. Call it from another thread than `run`."""
        self.interrupted = True

    def send_progress_text(self, text: str, node_id: str, sid: str | None = None) -> None:
        self._run.texts.setdefault(node_id, []).append(text)
        self._on_text(node_id, text)

    def run(self, prompt: Prompt, on_text: Callable[[str, str], Any] = lambda node_id, text: None) -> Run:
        """Validate and execute a workflow in API format; `on_text(node_id, line)` hears every line that a node shows."""
        self.interrupted, self._run, self._on_text = False, Run(), on_text
        run, prompt = self._run, copy.deepcopy(prompt)
        run.errors |= {key: f"no node {one['class_type']}" for key, one in prompt.items() if one["class_type"] not in self._nodes}
        if not run.errors:
            ends = [key for key in prompt if self._node(prompt, key)[1].is_output_node]
            order = list(dict.fromkeys(key for end in ends for key in self._makers_first(prompt, end)))
            run.errors |= self._refusals(prompt, order) if order else {"": "Prompt has no outputs"}
        if not run.errors:
            with torch.inference_mode():
                asyncio.run(self._execute_all(prompt, order, run))
        return run

    def _node(self, prompt: Prompt, node_id: str) -> tuple[Any, Any]:
        node = self._nodes[prompt[node_id]["class_type"]]
        return node, node.define_schema()

    def _makers_first(self, prompt: Prompt, node_id: str) -> list[str]:
        makers = [value[0] for value in prompt[node_id]["inputs"].values() if isinstance(value, list)]
        return [*(key for maker in makers for key in self._makers_first(prompt, maker)), node_id]

    def _refusals(self, prompt: Prompt, order: list[str]) -> dict[str, str]:
        found = {}
        for node_id in order:
            node, schema = self._node(prompt, node_id)
            given = prompt[node_id]["inputs"]
            links = {key: value for key, value in given.items() if isinstance(value, list)}
            sent = {key: self._node(prompt, maker)[1].outputs[slot].io_type for key, (maker, slot) in links.items()}
            found[node_id] = "; ".join(refusals(node, live_inputs(schema.input_types(), given), given, sent))
        return {node_id: text for node_id, text in found.items() if text}

    async def _execute_all(self, prompt: Prompt, order: list[str], run: Run) -> None:
        for node_id in order:
            task = asyncio.ensure_future(self._execute(prompt, node_id, run))
            await asyncio.wait([task])
            if error := task.exception():
                run.interrupted = isinstance(error, InterruptProcessingException)
                run.errors |= {} if run.interrupted else {node_id: str(error)}
                return

    async def _execute(self, prompt: Prompt, node_id: str, run: Run) -> None:
        node, schema = self._node(prompt, node_id)
        inputs, table = prompt[node_id]["inputs"], schema.input_types()
        values = {key: run.outputs[value[0]][value[1]] if isinstance(value, list) else value for key, value in inputs.items()}
        if blocked := [value for value in values.values() if isinstance(value, ExecutionBlocker)]:
            run.outputs[node_id] = (blocked[0],) * len(schema.outputs)
            return
        known = {"unique_id": node_id, "prompt": prompt, "extra_pnginfo": None}
        hidden = {name: known[name] if name in table.get("hidden", {}) else None for name in known}
        made = type(node.__name__, (node,), {"hidden": SimpleNamespace(**hidden)}).execute(**arguments(live_inputs(table, values), values))
        made = await made if inspect.isawaitable(made) else made
        stopped = made.block_execution is not None
        run.outputs[node_id] = (ExecutionBlocker(made.block_execution),) * len(schema.outputs) if stopped else made.args
        run.ui |= {} if made.ui is None else {node_id: made.ui}


async def _load(pack: Path) -> list[Any]:
    """The pack's node classes, from a fresh import under the name that ComfyUI gives it."""
    name = str(pack).replace(".", "_x_")
    for known in [known for known in sys.modules if known == name or known.startswith(f"{name}.")]:
        del sys.modules[known]
    spec = importlib.util.spec_from_file_location(name, pack / "__init__.py")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    extension = await module.comfy_entrypoint()
    await extension.on_load()
    return await extension.get_node_list()
