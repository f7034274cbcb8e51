"""A VIDEO that is only a link or an asset until somebody wants to see it."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..lipsync.media.sources import Asset, Link
from ._comfy import Input, InputImpl
from ._fetch import fetched


class LazyVideo(Input.Video):
    """Our nodes know it by its type and pass the reference on; every other node gets a file that is fetched once, on first use."""

    def __init__(self, reference: Link | Asset) -> None:
        self._reference = reference
        self._lock = threading.Lock()
        self._fetched: Any = None

    @property
    def reference(self) -> Link | Asset:
        """What a service is told; with the file of it, where some node has fetched one that is still there."""
        path = None if self._fetched is None else Path(self._fetched.get_stream_source())
        return replace(self._reference, here=path if path is not None and path.exists() else None)

    def _real(self) -> Any:
        with self._lock:
            if self._fetched is None:
                self._fetched = InputImpl.VideoFromFile(str(fetched(self._reference)))
            return self._fetched

    def get_components(self) -> Any:
        return self._real().get_components()

    def save_to(self, *args: Any, **kwargs: Any) -> Any:
        return self._real().save_to(*args, **kwargs)

    def as_trimmed(self, *args: Any, **kwargs: Any) -> Any:
        return self._real().as_trimmed(*args, **kwargs)

    def get_stream_source(self) -> Any:
        return self._real().get_stream_source()

    def get_dimensions(self) -> Any:
        return self._real().get_dimensions()

    def get_duration(self) -> Any:
        return self._real().get_duration()

    def get_frame_count(self) -> Any:
        return self._real().get_frame_count()

    def get_frame_rate(self) -> Any:
        return self._real().get_frame_rate()

    def get_container_format(self) -> Any:
        return self._real().get_container_format()

    def get_active_trim_window(self) -> Any:
        return self._real().get_active_trim_window()

    def get_bit_depth(self) -> Any:
        return self._real().get_bit_depth()
