"""`make demo`: the sample through the pack's own nodes and both services of the sandbox, without ComfyUI, without a key, without a network.

Prints every line that the nodes show, and last the path of the finished film. Run again, it shows that nothing is bought twice.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.comfyui_host import Host

PACK = Path(__file__).parent.parent
WORKFLOW = PACK / "example_workflows" / "api" / "segmind_beside_sync.json"
BASE = PACK / "out" / "demo"


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    prompt = json.loads(WORKFLOW.read_text(encoding="utf-8"))
    say(f"Running {WORKFLOW.relative_to(PACK)} in the sandbox: no key, no cost, nothing leaves this machine.")
    run = Host(PACK, BASE).run(prompt, on_text=lambda node_id, text: say(f"{prompt[node_id]['class_type']}: {text}"))
    if run.errors:
        for node_id, error in run.errors.items():
            say(f"{prompt[node_id]['class_type'] if node_id in prompt else 'The workflow'} failed: {error}")
        return 1
    for saver in [node_id for node_id, node in prompt.items() if node["class_type"] == "SyncSaveVideo"]:
        film = run.ui[saver]["images"][0]
        say(str(BASE / film["type"] / film["subfolder"] / film["filename"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
