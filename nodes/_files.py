"""Which files a graph may read, and what a typed source stands for."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from ..lipsync import clock
from ..lipsync.errors import FolderNotAllowed, InputRefused, NotReadable
from ..lipsync.media.links import public_link
from ..lipsync.media.sources import Asset, Link
from ._comfy import folder_paths

NONE = "(none)"
NO_FILE = ("", NONE)
"""What stands for "no file": the browser tries to show whatever else an upload widget says, so that one says nothing at all."""

FOLDERS_VARIABLE = "SYNC_MEDIA_FOLDERS"
VIDEO_SUFFIXES = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".ts", ".mts", ".mpg", ".mpeg", ".gif", ".mxf")
AUDIO_SUFFIXES = (".wav", ".mp3", ".flac", ".ogg", ".opus", ".m4a", ".aac", ".wma", ".aiff", ".aif", ".mp4", ".mov", ".mkv", ".webm")

_ASSET_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_LISTED_FOR_S = 2.0
_listed: dict[tuple[str, ...], tuple[float, list[str]]] = {}


def choices(suffixes: Sequence[str]) -> list[str]:
    """The files of the input folder and its subfolders. Kept for two seconds: ComfyUI asks often."""
    key = (folder_paths.get_input_directory(), *suffixes)
    read_at, names = _listed.get(key, (-_LISTED_FOR_S, []))
    if clock.monotonic() - read_at >= _LISTED_FOR_S:
        names = _files_below(Path(key[0]), suffixes)
        _listed[key] = (clock.monotonic(), names)
    return names


def _files_below(root: Path, suffixes: Sequence[str]) -> list[str]:
    found: list[str] = []
    seen: set[str] = set()
    for folder, subfolders, files in os.walk(root, followlinks=True):
        if os.path.realpath(folder) in seen:  # a link that leads back up
            subfolders[:] = []
            continue
        seen.add(os.path.realpath(folder))
        subfolders[:] = [name for name in subfolders if not name.startswith(".")]
        found += [(Path(folder) / name).relative_to(root).as_posix() for name in files if name.lower().endswith(tuple(suffixes))]
    return sorted(found)


def problem_of_choice(file: str) -> str | None:
    """Why the `file` widget cannot be used, for ComfyUI's own check; None if it can."""
    if file in NO_FILE:
        return None
    try:
        exists = folder_paths.exists_annotated_filepath(file)
    except ValueError:
        exists = False
    return None if exists else f"'{file}' is not in the input folder any more. Choose another file, or put it back."


def chosen_file(file: str) -> Path:
    """The file that the widget names. Raises FolderNotAllowed, NotReadable."""
    return _within(Path(folder_paths.get_annotated_filepath(file)), file)


def source_of(text: str, *, node: str) -> Path | Link | Asset:
    """What the `source` widget means: a URL, an asset id, or a path that graphs may read. Raises MediaRefused."""
    text = text.strip().strip('"')
    if "://" in text:
        public_link(text, allow_loopback=True)  # whether this machine's own addresses will do depends on the service: it checks again
        return Link(url=text)
    if _ASSET_ID.fullmatch(text):
        return Asset(id=text)
    if not text:
        raise InputRefused(node=node, input="source", value=text, allowed="a path, a URL or an asset id")
    path = Path(text).expanduser()
    roots = [path] if path.is_absolute() else [root / path for root in _roots()]
    found = next((candidate for candidate in roots if candidate.exists()), roots[0])
    return _within(found, text)


def _within(path: Path, shown: str) -> Path:
    resolved = path.resolve()
    if not any(resolved.is_relative_to(root) for root in _roots()):
        raise FolderNotAllowed(shown)
    if not resolved.is_file():
        raise NotReadable(shown, "does not exist" if not resolved.exists() else "is not a file")
    return resolved


def _roots() -> list[Path]:
    """The folders that graphs may read."""
    own = (folder_paths.get_input_directory(), folder_paths.get_output_directory(), folder_paths.get_temp_directory())
    more = [folder for folder in os.environ.get(FOLDERS_VARIABLE, "").split(os.pathsep) if folder.strip()]
    return [Path(folder).resolve() for folder in (*own, *more)]


def state_of(path: Path) -> str:
    """Changes whenever the file does: for ComfyUI's cache."""
    stat = path.stat()
    return f"{path}|{stat.st_size}|{stat.st_mtime_ns}"


def state_of_inputs(file: str, source: str) -> str:
    """The state of what two widgets name; never an error, as ComfyUI would take one for "changed every time"."""
    try:
        path = folder_paths.get_annotated_filepath(file) if file not in NO_FILE else source.strip().strip('"')
        return state_of(Path(path))
    except (OSError, ValueError):
        return f"{file}|{source}"
