"""Graphs as the first release saved them open with every value in its place: ComfyUI saves widgets by position."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support.browser import RENDERERS, Canvas, chromium, open_canvas
from tests.support.comfy_server import ComfyServer

FOLDER = Path(__file__).parent / "first_release"
SAVED = sorted(FOLDER.glob("*.json"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(params=RENDERERS)
def canvas(request: pytest.FixtureRequest, comfy: ComfyServer, browser: Browser) -> Iterator[Canvas]:
    with open_canvas(browser, comfy, request.param) as opened:
        yield opened


@pytest.mark.parametrize("saved", SAVED, ids=lambda path: path.stem)
def test_a_saved_graph_opens_unchanged(canvas: Canvas, saved: Path) -> None:
    then = json.loads((FOLDER / "api" / saved.name).read_text(encoding="utf-8"))
    canvas.open(saved)
    now = canvas.prompt()
    for node_id, node in then.items():
        if node["class_type"].startswith("Sync"):
            assert now[node_id]["class_type"] == node["class_type"]
            assert now[node_id]["inputs"] == node["inputs"], f"{saved.stem}: node {node_id}"
