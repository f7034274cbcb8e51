"""The nodes' schemas as they stand in `golden_schemas.json`, from whatever ComfyUI said them."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

_LISTED = ("file", "pick")  # files of the input folder, jobs of the journal

GOLDEN = Path(__file__).parents[1] / "nodes" / "golden_schemas.json"


def normalised(object_info: dict[str, Any]) -> dict[str, Any]:
    """/object_info of the pack's nodes, less what depends on the folder it lies in and on the files and jobs of the machine."""
    nodes = {name: copy.deepcopy(info) for name, info in sorted(object_info.items())}
    for info in nodes.values():
        info["python_module"] = "custom_nodes.<pack>"
        for members in (info["input"].get("required", {}), info["input"].get("optional", {})):
            for name, (_, options) in members.items():
                if name in _LISTED or any(key.endswith("_upload") for key in options):
                    options["options"] = ["<what there is>"]
    return nodes


def of_pack(object_info: dict[str, Any], folder: str) -> dict[str, Any]:
    """The entries that the pack in `custom_nodes/<folder>` made."""
    return {name: info for name, info in object_info.items() if info["python_module"] == f"custom_nodes.{folder}"}
