"""The size that a picture had before H.264 needed it even: a film that we save remembers it, so that its frames come back as they were."""

from __future__ import annotations

import re

from .geometry import even_size
from .probe import Picture, Probe
from .streams import opened

TAG = "lipsync_true_size"


def true_size_tag(width: int, height: int) -> dict[str, str]:
    """The tag for a film whose picture of this size was made even; none if it was even before."""
    return {} if even_size(width, height) == (width, height) else {TAG: f"{width}x{height}"}


def true_size(found: Probe, picture: Picture) -> tuple[int, int]:
    """Width and height of the upright picture without what was added to make it even. Raises NotReadable."""
    with opened(found.path) as container:
        told = re.fullmatch(r"(\d+)x(\d+)", container.metadata.get(TAG, ""))
    size = (int(told[1]), int(told[2])) if told else picture.shown_size
    return size if even_size(*size) == picture.shown_size else picture.shown_size  # somebody has scaled the film since
