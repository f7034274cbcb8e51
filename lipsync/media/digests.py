"""The SHA-256 of a file's bytes, computed once for as long as the file stays what it is."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from .prepared import Cancelled

_CHUNK_BYTES = 1 << 20


class Store(Protocol):
    """Where digests outlive the process (the journal). `key` names a file and the state that it was in."""

    def get(self, key: str) -> str | None: ...
    def put(self, key: str, sha256: str) -> None: ...


def sha256_of(path: Path, cancelled: Callable[[], bool] = lambda: False) -> str:
    """The SHA-256 of the bytes of `path`, in hex. Raises OSError, and Cancelled."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            if cancelled():
                raise Cancelled
            digest.update(chunk)
    return digest.hexdigest()


class FileDigests:
    """Digests by path, size, time of change and inode: any change of the file makes a new key. Safe to use from several threads."""

    def __init__(self, store: Store | None = None) -> None:
        self._store = store
        self._known: dict[str, str] = {}
        self._lock = threading.Lock()

    def __call__(self, path: Path) -> str:
        """The SHA-256 of the bytes of `path`, in hex. Raises OSError."""
        key = state_of(path)
        with self._lock:
            known = self._known.get(key)
        if known is None and self._store is not None:
            known = self._store.get(key)
        if known is None:
            known = sha256_of(path)
            if state_of(path) != key:  # written to while it was read: true of no state that can be named
                return known
            if self._store is not None:
                self._store.put(key, known)
        with self._lock:
            self._known[key] = known
        return known


def state_of(path: Path) -> str:
    """A file and the state that it is in: equal for as long as nobody writes to it. Raises OSError."""
    facts = path.stat()
    return f"{path.resolve()}|{facts.st_size}|{facts.st_mtime_ns}|{facts.st_ino}"
