"""ComfyUI's canvas in a real browser, in either of its two renderers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from .comfy_server import ComfyServer, Prompt

CLASSIC, NODES_2 = "classic", "nodes2"
RENDERERS = (CLASSIC, NODES_2)
SIZE = {"width": 1600, "height": 900}

_ARGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync")
_ARGS += ("--disable-background-networking", "--disable-component-update")
# A first visit would open the template browser over the canvas.
_SETTINGS = {
    "Comfy.TutorialCompleted": True,
    "Comfy.Workflow.ShowMissingModelsWarning": False,
    "Comfy.Graph.CanvasInfo": False,
    "Comfy.Minimap.Visible": False,
    "LiteGraph.Canvas.MinFontSizeForLOD": 0,  # or a graph seen from afar loses its texts
}
_CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")

# The page ends its start by loading the default graph, over whatever was opened before.
_READY = "() => window.app?.extensionManager?.workflow?.activeWorkflow && app.graph?.nodes.length > 0"
_OPEN_FILE = "async ([name, text]) => { await app.handleFile(new File([text], name, {type: 'application/json'})) }"
_OPEN_API = "([name, prompt]) => { app.loadApiJson(prompt, name); }"
_MODE = "([type, mode]) => { for (const node of app.graph.nodes) if (node.type === type) node.mode = mode }"
_BOUNDS = """
    const boxes = app.graph.nodes.map(node => [...(node.boundingRect ?? [...node.pos, ...node.size])])
    const left = Math.min(...boxes.map(b => b[0])), top = Math.min(...boxes.map(b => b[1] - 30))
    const right = Math.max(...boxes.map(b => b[0] + b[2])), bottom = Math.max(...boxes.map(b => b[1] + b[3]))
    const view = app.canvas.canvas.getBoundingClientRect(), area = app.canvas.ds
"""
_FIT = f"""() => {{ {_BOUNDS}
    area.scale = Math.min(1, (view.width - 240) / (right - left), (view.height - 240) / (bottom - top))
    area.offset = [((view.width + 60) / area.scale - right - left) / 2, ((view.height + 60) / area.scale - bottom - top) / 2]
    app.canvas.setDirty(true, true)
}}"""
_BOX = f"""() => {{ {_BOUNDS}
    const seen = (x, y) => [view.left + (x + area.offset[0]) * area.scale, view.top + (y + area.offset[1]) * area.scale]
    return [...seen(left, top), ...seen(right, bottom)]
}}"""
_MARGIN = 24
_VIDEOS_PLAYABLE = "() => [...document.querySelectorAll('video')].filter(v => v.readyState >= 1 && v.videoWidth > 0).length"


class Canvas:
    """One open tab. `complaints` collects what the console calls an error, with the address of the script that said it."""

    def __init__(self, page: Page, server: ComfyServer) -> None:
        self.page, self.server = page, server
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(f"{error} {error.stack}"))
        page.on("console", self._hear)
        page.goto(server.url)
        page.wait_for_function(_READY, timeout=60_000)

    def reload(self) -> None:
        """Opens the tab anew, as F5 does."""
        self.page.reload()
        self.page.wait_for_function(_READY, timeout=60_000)

    def open(self, workflow: Path) -> None:
        """Opens a workflow as dropping its file on the canvas does."""
        self.page.evaluate(_OPEN_FILE, [workflow.name, workflow.read_text()])
        self.settle()

    def open_api(self, name: str, prompt: Prompt) -> None:
        """Builds the graph of a workflow in API format, its nodes arranged in columns."""
        self.page.evaluate(_OPEN_API, [name, prompt])
        self.settle()

    def bypass(self, node_type: str) -> None:
        self.page.evaluate(_MODE, [node_type, 4])

    def arrange(self) -> None:
        """Puts the nodes in columns, from left to right, with room for what they show."""
        self.page.evaluate("() => { for (const n of app.graph.nodes) n.size[0] = Math.max(n.size[0], 260); app.graph.arrange(80) }")
        self.settle()

    def settle(self, seconds: float = 1.0) -> None:
        """Lets the page draw what it was told, and brings the whole graph into view."""
        self.page.wait_for_timeout(seconds * 500)
        self.page.evaluate(_FIT)
        self.page.wait_for_timeout(seconds * 500)

    def prompt(self) -> Prompt:
        """The graph in API format as the browser sends it, less the player that the classic canvas counts among the widgets."""
        sent = self.page.evaluate("async () => (await app.graphToPrompt()).output")
        for node in sent.values():
            node["inputs"].pop("video-preview", None)
        return sent

    def graph(self) -> dict[str, Any]:
        """The graph as the browser saves it."""
        return json.loads(self.page.evaluate("() => JSON.stringify(app.graph.serialize())"))

    def queue(self) -> str:
        """Presses Run; the id of the prompt."""
        with self.page.expect_response(lambda answer: answer.url.endswith("/prompt") and answer.request.method == "POST") as answer:
            self.page.evaluate("async () => { await app.queuePrompt(0, 1) }")
        return str(answer.value.json()["prompt_id"])

    def wait_for_videos(self, count: int, timeout_s: float = 20.0) -> None:
        """Waits until so many films can be played on the page."""
        self.page.wait_for_function(f"() => ({_VIDEOS_PLAYABLE})() >= {count}", timeout=timeout_s * 1000)

    def screenshot(self, path: Path) -> None:
        path.parent.mkdir(exist_ok=True)
        self.page.screenshot(path=path)

    def screenshot_of_graph(self, path: Path, quality: int) -> None:
        """A JPEG of the graph alone, as large as the view has it."""
        left, top, right, bottom = self.page.evaluate(_BOX)
        clip = {"x": left - _MARGIN, "y": top - _MARGIN, "width": right - left + 2 * _MARGIN, "height": bottom - top + 2 * _MARGIN}
        self.page.screenshot(path=path, type="jpeg", quality=quality, clip=clip)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"{message.text} {message.location.get('url', '')}")


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium, else Playwright's own."""
    found = next((path for name in _CHROMIUMS if (path := shutil.which(name))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(_ARGS))
        yield browser
        browser.close()


@contextmanager
def open_canvas(browser: Browser, server: ComfyServer, renderer: str) -> Iterator[Canvas]:
    for name, value in {**_SETTINGS, "Comfy.VueNodes.Enabled": renderer == NODES_2}.items():
        server.setting(name, value)
    context = browser.new_context(viewport=SIZE, locale="en-US")
    yield Canvas(context.new_page(), server)
    context.close()
