"""What the doctor looks at on this machine: versions, folders, free space. Nothing heavy is imported for it."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ... import host, keys, settings
from ..database import FILE_NAME
from .finding import Finding, good, look, note
from .folders import PACK, Folders

_NEEDED, _COMFYUIS = ("httpx", "filelock"), ("aiohttp", "av", "torch")
_LITTLE_BYTES = 1 << 30
_PRIVATE = (FILE_NAME, f"{FILE_NAME}-wal", f"{FILE_NAME}-shm", keys.FILE_NAME, settings.FILE_NAME)


def versions(folders: Folders) -> Iterator[Finding]:
    """Of the pack and everything that it stands on."""
    yield good("pack", _first(r'^version = "(.+)"$', PACK / "pyproject.toml") or "of an unknown version")
    yield good("system", platform.platform())
    yield good("python", f"{platform.python_version()}, SQLite {sqlite3.sqlite_version}")
    for name in _NEEDED:
        found = _installed(name)
        yield good(name, found) if found else look(name, f"is not there. Install it: {Path(sys.executable).name} -m pip install {name}")
    there = [f"{name} {found}" for name in _COMFYUIS if (found := _installed(name))]
    yield note("ComfyUI's", f"{', '.join(there) or 'libraries are not here'}; collecting needs none of them")
    comfyui = _first(r'__version__ = "(.+)"', folders.comfyui / "comfyui_version.py") if folders.comfyui else None
    yield note("ComfyUI", comfyui or "is not beside this state folder")


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _first(pattern: str, path: Path) -> str | None:
    try:
        found = re.search(pattern, path.read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        return None
    return found[1] if found else None


def state_folder(folders: Folders) -> Iterator[Finding]:
    """Whether the state folder is there, and its owner's alone."""
    folder = folders.state_dir
    if not folder.is_dir():
        yield note("state", f"{folder} is not there yet; it is made with the first job")
        return
    open_to_others = [path for path in (folder, *(folder / name for name in _PRIVATE)) if path.exists() and _open_to_others(path)]
    for path in open_to_others:
        yield look("state", f"{path} can be read by others. Close it: chmod go= '{path}'")
    foreign = sys.platform != "win32" and folder.stat().st_uid != os.geteuid()
    if foreign:
        yield look("state", f"{folder} belongs to another user. Run this as the user who runs ComfyUI.")
    if not open_to_others and not foreign:
        yield good("state", f"{folder}, for its owner alone")
    yield from _space("state", folder)


def _open_to_others(path: Path) -> bool:
    return sys.platform != "win32" and bool(path.stat().st_mode & 0o077)


def output_folder(folder: Path) -> Iterator[Finding]:
    """Whether films can be written below `folder`."""
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"film")
    except OSError as error:
        yield look("output", f"{folder} cannot be written to: {error.strerror}. Mend that, or name another with `collect --output-dir`.")
        return
    yield good("output", f"{folder} can be written to")
    yield from _space("output", folder)


def _space(about: str, folder: Path) -> Iterator[Finding]:
    free = host.free_bytes(folder)
    if free < _LITTLE_BYTES:
        yield look(about, f"only {free / 1e6:,.0f} MB are free at {folder}. Make room there: a film needs some, and so does the journal.")
    else:
        yield good(about, f"{free / 1e9:,.1f} GB are free")
