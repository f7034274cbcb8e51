"""What every kind of prepared media has in common: a passing file that never stays behind, and the last look at the result."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from ..catalogue import ServiceFacts
from ..errors.media import NotWritten, UploadTooLarge
from .digests import sha256_of
from .prepared import Facts, MediaKind, Prepared
from .work import Stop

Digest = Callable[[Path], str]


@contextmanager
def passing_file(folder: Path, suffix: str) -> Iterator[Path]:
    """The name of a new file in `folder` (made if need be), gone again unless the block ends well. Raises NotWritten."""
    path = folder / f"{uuid4().hex}{suffix}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield path
    except BaseException as error:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise NotWritten(str(folder), error.strerror or str(error)) from None
        raise


def original(
    path: Path, *, kind: MediaKind, content_type: str, facts: Facts, note: str, limits: ServiceFacts, cancelled: Stop, digest: Digest | None
) -> Prepared:
    """The user's own file, to go up as it is. Raises UploadTooLarge, Cancelled."""
    size_bytes = path.stat().st_size
    _check_size(path.name, size_bytes, limits)
    return Prepared(
        kind=kind,
        path=path,
        content_type=content_type,
        size_bytes=size_bytes,
        sha256=sha256_of(path, cancelled) if digest is None else digest(path),
        facts=facts,
        note=note,
        temporary=False,
    )


def made(
    path: Path, *, what: str, kind: MediaKind, content_type: str, facts: Facts, note: str, limits: ServiceFacts, cancelled: Stop
) -> Prepared:
    """A file of ours, to go up and then away. `what` names its source. Raises UploadTooLarge, Cancelled."""
    size_bytes = path.stat().st_size
    _check_size(what, size_bytes, limits)
    return Prepared(
        kind=kind,
        path=path,
        content_type=content_type,
        size_bytes=size_bytes,
        sha256=sha256_of(path, cancelled),
        facts=facts,
        note=note,
        temporary=True,
    )


def _check_size(what: str, size_bytes: int, limits: ServiceFacts) -> None:
    if size_bytes > limits.max_upload_bytes:
        raise UploadTooLarge(what, size_bytes=size_bytes, limit_bytes=limits.max_upload_bytes, service=limits.title)
