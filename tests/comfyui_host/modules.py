"""The modules that ComfyUI offers to a pack, as far as this pack asks for them."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock

from aiohttp import web

from . import core, schema


class InterruptProcessingException(Exception): ...


class ExecutionBlocker:
    def __init__(self, message: str | None) -> None:
        self.message = message


class ComfyExtension:
    async def on_load(self) -> None: ...


def _folder_paths(base: Path) -> dict[str, Any]:
    folders = {name: base / name for name in ("input", "output", "temp", "user")}
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)

    def get_annotated_filepath(name: str, default_dir: str | None = None) -> str:
        annotation = name.rpartition("[")[2].rstrip("]")
        root = folders[annotation] if name.endswith(f"[{annotation}]") else Path(default_dir or folders["input"])
        path = (root / name.removesuffix(f"[{annotation}]").rstrip()).resolve()
        if not path.is_relative_to(root.resolve()):
            raise ValueError(f"Invalid file path: {name!r}")
        return str(path)

    def get_save_image_path(prefix: str, output_dir: str, width: int = 0, height: int = 0) -> tuple[str, str, int, str, str]:
        subfolder, _, name = prefix.rpartition("/")
        folder = Path(output_dir, subfolder)
        if not folder.resolve().is_relative_to(Path(output_dir).resolve()):
            raise ValueError(f"Saving outside the output folder is not allowed: {prefix}")
        folder.mkdir(parents=True, exist_ok=True)
        numbers = [path.name.removeprefix(f"{name}_").partition("_")[0] for path in folder.glob(f"{name}_*")]
        return str(folder), name, max([0, *(int(number) for number in numbers if number.isdigit())]) + 1, subfolder, prefix

    return {f"get_{name}_directory": lambda folder=folder: str(folder) for name, folder in folders.items()} | {
        "get_system_user_directory": lambda name="system": str(folders["user"] / f"__{name}"),
        "get_annotated_filepath": get_annotated_filepath,
        "exists_annotated_filepath": lambda name: Path(get_annotated_filepath(name)).exists(),
        "get_save_image_path": get_save_image_path,
    }


class _Shown(dict[str, Any]):
    def as_dict(self) -> dict[str, Any]:
        return dict(self)


def install(base: Path, host: Any) -> None:
    """Place in `sys.modules` what one ComfyUI offers, with its folders below `base`; `host` hears the texts of its nodes."""
    server = SimpleNamespace(send_progress_text=host.send_progress_text, client_id="stand-in", routes=web.RouteTableDef())
    interrupts = {"processing_interrupted": lambda: host.interrupted, "InterruptProcessingException": InterruptProcessingException}
    ui = SimpleNamespace(
        SavedResult=lambda filename, subfolder, type: {"filename": filename, "subfolder": subfolder, "type": type.value},
        PreviewVideo=lambda values: {"images": values, "animated": (True,)},
        PreviewImage=lambda image: _Shown(images=[{"filename": "preview.png", "subfolder": "", "type": "temp"}] * len(image)),
    )
    latest = {"io": schema, "ui": ui, "InputImpl": core, "Types": core, "ComfyExtension": ComfyExtension, "ComfyAPI": AsyncMock}
    for name, members in {
        "folder_paths": _folder_paths(base),
        "server": {"PromptServer": SimpleNamespace(instance=server)},
        "comfy": {},
        "comfy.cli_args": {"args": SimpleNamespace(disable_metadata=False)},
        "comfy.model_management": interrupts,
        "comfy_execution": {},
        "comfy_execution.graph_utils": {"ExecutionBlocker": ExecutionBlocker},
        "comfy_api": {},
        "comfy_api.latest": latest | {"Input": SimpleNamespace(Video=core.VideoInput)},
    }.items():
        module = sys.modules[name] = ModuleType(name)
        vars(module).update(members)
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], child, module)
