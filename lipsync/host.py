"""What is asked of the operating system: owner-only files, renames, locks that die with their process, free space and memory."""

from __future__ import annotations

import os
import re
import shutil
import sys
from contextlib import suppress
from pathlib import Path

from filelock import FileLock

from .cgroups import free_in_groups

OWNER_ONLY_DIR, OWNER_ONLY_FILE = 0o700, 0o600


def owner_only_dir(path: Path) -> Path:
    """Make `path`, readable by its owner alone, and return it. On Windows the user's profile already is."""
    path.mkdir(parents=True, exist_ok=True, mode=OWNER_ONLY_DIR)
    if sys.platform != "win32" and path.stat().st_mode & 0o777 != OWNER_ONLY_DIR:
        path.chmod(OWNER_ONLY_DIR)
    return path


def owner_only_file(path: Path) -> Path:
    """Make `path` (empty, if it is new), readable and writable by its owner alone, and return it.

    One that is there is not opened: closing it again would free every lock that this process holds on it, as SQLite does on the journal.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, OWNER_ONLY_FILE))
    if sys.platform != "win32" and path.stat().st_mode & 0o777 != OWNER_ONLY_FILE:
        path.chmod(OWNER_ONLY_FILE)
    return path


def write_owner_only(path: Path, text: str) -> None:
    """Replace `path` by `text` in one step; nobody ever reads half of it, and only its owner reads it at all."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    owner_only_file(part)
    part.write_text(text, encoding="utf-8")
    replace(part, path)


def replace(source: Path, target: Path) -> None:
    """Rename `source` to `target` over whatever is there, and make the rename last. No handle may be open on either."""
    os.replace(source, target)
    sync_dir(target.parent)


def sync_dir(path: Path) -> None:
    """Make renames inside `path` survive a power cut. Windows does this by itself and cannot open a folder."""
    if sys.platform == "win32":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def process_lock(path: Path) -> FileLock:
    """A lock between processes that the operating system frees when its holder dies. Not yet held."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return FileLock(str(path), thread_local=False)


def free_bytes(path: Path) -> int:
    """Bytes that may still be written where `path` is (or would be)."""
    while not path.exists():
        path = path.parent
    return shutil.disk_usage(path).free


def processes_with(path: Path) -> list[int]:
    """The ids of other processes that have `path` open, as far as this user may know; empty where nobody tells (only Linux does)."""
    found = set()
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError):  # a process that has ended, or another user's
            if os.readlink(link) == str(path):
                found.add(int(link.parts[2]))
    return sorted(found - {os.getpid()})


def free_memory_bytes() -> int | None:
    """Memory that can be had without swapping, on this machine and in its container; None if nobody tells."""
    return min((told for told in (_free_on_machine(), free_in_groups()) if told is not None), default=None)


def _free_on_machine() -> int | None:
    """psutil comes with ComfyUI, and not with the command line."""
    with suppress(ImportError):
        import psutil

        return int(psutil.virtual_memory().available)
    with suppress(OSError):  # os.sysconf knows only what is unused, and Linux fills that with copies of files
        told = re.search(r"^MemAvailable:\s+(\d+) kB$", Path("/proc/meminfo").read_text(encoding="ascii"), re.MULTILINE)
        return int(told[1]) * 1024 if told else None
    return None
