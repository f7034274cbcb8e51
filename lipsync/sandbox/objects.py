"""The storage behind the service: uploads, media and films as files, each with a row that says what it is."""

from __future__ import annotations

import re
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from .. import host
from .store import Store


@dataclass(frozen=True, kw_only=True)
class StoredObject:
    """A file in the storage. `public` ones open for whoever knows their unguessable id; the rest need a signed link.

    `size` is what was declared until the object is `stored`, then what it is, in bytes.
    """

    id: str
    org: str
    name: str
    content_type: str
    size: int
    public: bool
    stored: bool

    @property
    def path(self) -> str:
        """Where it is on the server, below the origin."""
        return f"/storage/{self.id}/{self.name}"


class TooLarge(Exception):
    """More bytes came than may."""


class ObjectStore:
    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self._folder = host.owner_only_dir(folder)
        for part in self._folder.glob("*.part"):  # of a process that was killed
            part.unlink()

    def declare(self, *, org: str, name: str, content_type: str, size: int = 0, public: bool = True) -> StoredObject:
        """A row for a file that is still to come."""
        made = StoredObject(
            id=uuid.uuid4().hex,
            org=org,
            name=re.sub(r"[^A-Za-z0-9._-]", "_", name) or "file",
            content_type=content_type,
            size=size,
            public=public,
            stored=False,
        )
        self._store.run(
            "INSERT INTO objects (id, org, name, content_type, size, public) VALUES (?, ?, ?, ?, ?, ?)",
            (made.id, org, made.name, content_type, size, public),
        )
        return made

    def get(self, id: str) -> StoredObject | None:
        row = self._store.one("SELECT * FROM objects WHERE id = ?", (id,))
        if row is None:
            return None
        return StoredObject(**{**dict(row), "public": bool(row["public"]), "stored": bool(row["stored"])})

    def at(self, path: str) -> StoredObject | None:
        """The object that a link's path names."""
        found = re.fullmatch(r"/storage/([0-9a-f]{32})/[^/]+", path)
        return self.get(found[1]) if found else None

    def file(self, id: str) -> Path:
        return self._folder / id

    def part(self, id: str) -> Path:
        """Where its bytes are collected before they count."""
        return self._folder / f"{id}.{uuid.uuid4().hex}.part"

    async def receive(self, id: str, chunks: AsyncIterator[bytes], *, limit_bytes: int) -> int:
        """Store what comes and return its size. Raises TooLarge; a connection that dies midway leaves nothing."""
        part, size = self.part(id), 0
        try:
            with part.open("wb") as file:
                async for chunk in chunks:
                    size += len(chunk)
                    if size > limit_bytes:
                        raise TooLarge
                    file.write(chunk)
            self.keep(id, part)
        finally:
            part.unlink(missing_ok=True)
        return size

    def keep(self, id: str, part: Path) -> None:
        """Make `part` the object's content."""
        size = part.stat().st_size
        host.replace(part, self.file(id))
        self._store.run("UPDATE objects SET stored = 1, size = ? WHERE id = ?", (size, id))
