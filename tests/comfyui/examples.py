"""The example workflows: where each lies as graph, as API twin and as thumbnail, and the canvas on which they are made."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.browser import CLASSIC, Canvas, chromium, open_canvas
from tests.support.comfy_checkout import ABSENT, PACK, ROOT, checkouts
from tests.support.comfy_server import ComfyServer, Prompt

FOLDER = ROOT / "example_workflows"
PLAYERS = ("SyncLipSync", "SyncPoll", "SyncSaveVideo", "SaveVideo")
"""The nodes on which a film is seen once they have run."""
EARLIER = {"collect_all": "submit_now"}
"""What is run before an example is pictured, so that there is something to be seen."""
_JPEG_QUALITY = 80


@dataclass(frozen=True)
class Example:
    name: str

    @property
    def graph(self) -> Path:
        return FOLDER / f"{self.name}.json"

    @property
    def api(self) -> Path:
        return FOLDER / "api" / f"{self.name}.json"

    @property
    def thumbnail(self) -> Path:
        return FOLDER / f"{self.name}.jpg"

    @property
    def prompt(self) -> Prompt:
        return json.loads(self.api.read_text(encoding="utf-8"))

    @property
    def films(self) -> int:
        """How many films are to be seen on its canvas at the end, whatever was run before."""
        return sum(node["class_type"] in PLAYERS for node in self.prompt.values())

    @property
    def films_pictured(self) -> int:
        return self.films + (self.name in EARLIER)


def examples() -> list[Example]:
    return [Example(path.stem) for path in sorted((FOLDER / "api").glob("*.json"))]


@contextmanager
def newest_canvas(example: Example) -> Iterator[Canvas]:
    """The classic canvas of the newest ComfyUI found, with nothing but the pack, for `example` to be pictured on."""
    found = checkouts()
    if not found:
        sys.exit(ABSENT)
    with (
        tempfile.TemporaryDirectory() as base,
        ComfyServer(found[0], Path(base), packs={PACK: ROOT}, env={}) as comfy,
        chromium() as browser,
        open_canvas(browser, comfy, CLASSIC) as canvas,
    ):
        if example.name in EARLIER:
            comfy.run(Example(EARLIER[example.name]).prompt)
        yield canvas


def write_json(path: Path, content: object) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def run_and_picture(canvas: Canvas, example: Example) -> None:
    """Runs what is on the canvas and takes the thumbnail."""
    ended = canvas.server.history(canvas.queue(), 120)
    if ended["status"]["status_str"] != "success":
        sys.exit(f"{example.name} failed: {ended['status']['messages']}")
    canvas.wait_for_videos(example.films_pictured)
    canvas.settle()
    canvas.screenshot_of_graph(example.thumbnail, _JPEG_QUALITY)
