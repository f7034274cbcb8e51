"""Whether a downloaded film is all there. Looks at the file's structure only, so it needs no media library."""

from __future__ import annotations

from pathlib import Path

from .boxes import CutShort, boxes


def check_film(path: Path) -> None:
    """Raise ValueError, with a reason such as "is cut short", unless `path` is a whole MP4; OSError if it cannot be read.

    Its outermost boxes must fill the file exactly, begin with `ftyp`, and hold a `moov` that is not empty and an `mdat`.
    """
    with path.open("rb") as file:
        head = file.read(8)
        if not head:
            raise ValueError("is empty")
        if head[4:8] != b"ftyp":
            raise ValueError("is not an MP4")
        filled: dict[str, bool] = {}
        for box in boxes(file):
            if box.open_ended:  # a writer puts the size in when it is finished
                raise CutShort("is cut short")
            filled[box.kind] = filled.get(box.kind, False) or box.end > box.body
    if not filled.get("moov") or not filled.get("mdat"):
        raise CutShort("is cut short")
