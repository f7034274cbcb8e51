"""Fetching what a lazy VIDEO stands for, when some node really wants to see it."""

from __future__ import annotations

import uuid
from pathlib import Path

from ..lipsync.catalogue import CHOICES
from ..lipsync.engine import ENGINE
from ..lipsync.media.sources import Asset, Link
from ..lipsync.services.origins import origin_for
from ._comfy import workspace
from ._runners import runner

_DEFAULT = CHOICES[0]


def fetched(reference: Link | Asset) -> Path:
    """The file behind a link or an asset of the default service, in our part of ComfyUI's temp folder, which ComfyUI empties at its start.

    Blocks: it is called by nodes that are not asynchronous. Raises LipsyncError or OSError.
    """
    from ..lipsync.services.public import fetch_link  # loads httpx, which ComfyUI need not wait for at its start

    place = workspace()
    place.temp_dir.mkdir(parents=True, exist_ok=True)
    part = place.temp_dir / f"fetched-{uuid.uuid4().hex}.mp4"
    real = origin_for(_DEFAULT, state_dir=place.state_dir).real
    url = reference.url if isinstance(reference, Link) else ENGINE.wait(runner().asset_url(reference.id, _DEFAULT))
    try:
        ENGINE.wait(fetch_link(url, part, allow_loopback=not real))
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return part
