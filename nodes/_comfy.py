"""Everything of ComfyUI that the pack uses, in one place."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import folder_paths
from comfy.cli_args import args
from comfy.model_management import InterruptProcessingException, processing_interrupted
from comfy_api.latest import ComfyAPI, ComfyExtension, Input, InputImpl, Types, io, ui
from comfy_execution.graph_utils import ExecutionBlocker
from server import PromptServer

from ..lipsync.workspace import Workspace

__all__ = [
    "ComfyExtension",
    "ExecutionBlocker",
    "Input",
    "InputImpl",
    "InterruptProcessingException",
    "PromptServer",
    "Types",
    "api",
    "folder_paths",
    "io",
    "metadata_disabled",
    "preview_of",
    "preview_of_image",
    "processing_interrupted",
    "still_of",
    "workspace",
]

SYSTEM_USER = "sync_lipsync"
"""Names ComfyUI's private folder for us: user/__sync_lipsync, which no request can read."""

api = ComfyAPI()


def workspace() -> Workspace:
    """The folders as ComfyUI has them now; its command line can move every one of them."""
    return Workspace(
        state_dir=Path(folder_paths.get_system_user_directory(SYSTEM_USER)),
        output_dir=Path(folder_paths.get_output_directory()),
        temp_dir=Path(folder_paths.get_temp_directory()) / SYSTEM_USER,
    )


def metadata_disabled() -> bool:
    """Whether ComfyUI was started with --disable-metadata."""
    return bool(args.disable_metadata)


def preview_of(*films: Path) -> ui.PreviewVideo | None:
    """The players on the node, for films below the output folder; ComfyUI can show no other, as of an output folder that has moved."""
    saved = _saved(films)
    return ui.PreviewVideo(saved) if saved else None


def still_of(film: Path, image: Any) -> dict[str, Any]:
    """Of a film that no browser plays, the IMAGE on the node, and, for who reads the results, where the film lies."""
    return {**preview_of_image(image).as_dict(), "video": _saved([film])}


def _saved(films: Iterable[Path]) -> list[ui.SavedResult]:
    output = folder_paths.get_output_directory()
    places = [film.relative_to(output) for film in films if film.is_relative_to(output)]
    return [ui.SavedResult(place.name, place.parent.as_posix(), io.FolderType.output) for place in places]


def preview_of_image(image: Any) -> ui.PreviewImage:
    """The picture on the node, of an IMAGE; ComfyUI keeps it in its temp folder."""
    return ui.PreviewImage(image)
