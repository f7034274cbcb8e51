"""Graphs as the first release saved them open with every value in its place: ComfyUI saves widgets by position."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.browser import Canvas

FOLDER = Path(__file__).parent / "first_release"
SAVED = sorted(FOLDER.glob("*.json"))


@pytest.mark.parametrize("saved", SAVED, ids=lambda path: path.stem)
def test_a_saved_graph_opens_unchanged(canvas: Canvas, saved: Path) -> None:
    then = json.loads((FOLDER / "api" / saved.name).read_text(encoding="utf-8"))
    canvas.open(saved)
    now = canvas.prompt()
    for node_id, node in then.items():
        if node["class_type"].startswith("Sync"):
            assert now[node_id]["class_type"] == node["class_type"]
            inputs = now[node_id]["inputs"]  # new ones, which go last, have their defaults
            assert {name: inputs.get(name) for name in node["inputs"]} == node["inputs"], f"{saved.stem}: node {node_id}"
