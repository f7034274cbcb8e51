"""Ids, sockets, widgets by position, and outputs, frozen by the first release: people's saved graphs depend on each of them.

Appending is the only change allowed in `frozen.json`; on the ordering nodes not even that, but inside a model.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.nodes.conftest import Canvas

FROZEN = json.loads((Path(__file__).parent / "frozen.json").read_text(encoding="utf-8"))
WIDGETS = {"INT", "FLOAT", "STRING", "BOOLEAN", "COMBO"}
DYNAMIC = "COMFY_DYNAMICCOMBO_V3"
CORE_IDS = {"LoadVideo", "SaveVideo", "LoadAudio", "SyncLipSyncNode", "SyncTalkingImageNode"}


def inputs_of(spec: dict[str, Any]) -> list[tuple[str, Any, dict[str, Any]]]:
    """(name, kind, options) in the order in which ComfyUI makes them: required before optional."""
    return [
        (name, "COMBO" if isinstance(kind, list) else kind, rest[0] if rest else {})
        for group in ("required", "optional")
        for name, (kind, *rest) in spec.get(group, {}).items()
    ]


def widgets_of(spec: dict[str, Any]) -> list[Any]:
    """The widgets by position, with the one that ComfyUI adds for "control after generate"; a dynamic combo with each option's own."""
    found: list[Any] = []
    for name, kind, options in inputs_of(spec):
        if kind == DYNAMIC:
            found.append({name: {option["key"]: widgets_of(option["inputs"]) for option in options["options"]}})
        elif kind in WIDGETS:
            found += [name, "control_after_generate"] if options.get("control_after_generate") else [name]
    return found


def test_what_saved_graphs_depend_on(canvas: Canvas) -> None:
    now = {
        node_id: {
            "sockets": [name for name, kind, _ in inputs_of(info["input"]) if kind not in WIDGETS | {DYNAMIC}],
            "widgets": widgets_of(info["input"]),
            "outputs": [f"{name} {kind}" for name, kind in zip(info["output_name"], info["output"], strict=True)],
        }
        for node_id, info in canvas.host.object_info().items()
    }
    assert now == FROZEN


def test_ids_are_ours_alone() -> None:
    assert all(node_id.startswith("Sync") for node_id in FROZEN)
    assert not CORE_IDS & set(FROZEN)


def test_the_model_is_the_last_input_for_ever(canvas: Canvas) -> None:
    for node_id in ("SyncLipSync", "SyncGenerate"):
        names = [name for name, _, _ in inputs_of(canvas.host.object_info()[node_id]["input"])]
        assert names[0] == "video"
        assert names[-1] == "model"
