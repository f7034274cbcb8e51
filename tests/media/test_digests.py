"""The remembered SHA-256 of files."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from lipsync.media.digests import FileDigests, sha256_of
from lipsync.media.prepared import Cancelled


class Shelf(dict[str, str]):
    def put(self, key: str, sha256: str) -> None:
        self[key] = sha256


def test_a_digest_is_that_of_the_bytes_and_follows_every_change(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"one")
    digests = FileDigests()
    assert digests(path) == hashlib.sha256(b"one").hexdigest()
    path.write_bytes(b"two")
    os.utime(path, ns=(0, 1))  # the same size, at another time
    assert digests(path) == hashlib.sha256(b"two").hexdigest()


def test_a_known_state_is_not_read_again(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"one")
    shelf = Shelf()
    first = FileDigests(shelf)(path)
    times = path.stat()
    path.write_bytes(b"two")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))  # forged: the same state by all that is looked at
    assert FileDigests(shelf)(path) == first


def test_hashing_stops_when_told(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"one")
    with pytest.raises(Cancelled):
        sha256_of(path, lambda: True)


def test_a_missing_file_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        FileDigests()(tmp_path / "none")
