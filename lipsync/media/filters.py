"""A chain of libav's own filters through which the pictures of one file go."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import av.filter
from av.video.frame import VideoFrame

from ..errors.media import NotReadable

Step = tuple[str, dict[str, str]]
"""A filter and its arguments."""


class Filters:
    """The filters that `steps` names, given a folder for files that they read at their start. `threads` work on each picture (0: one
    for each core)."""

    def __init__(self, what: str, time_base: Fraction, steps: Callable[[Path], Iterable[Step]], *, threads: int = 0) -> None:
        self._what = what
        self._time_base = time_base
        self._steps = steps
        self._threads = threads
        self._shape: tuple[int, int, str] | None = None
        self._graph: av.filter.Graph | None = None

    def push(self, frame: VideoFrame) -> Iterator[VideoFrame]:
        """Hand in one picture and take what is ready; timestamps stay. Raises NotReadable if the size changes on the way."""
        shape = (frame.width, frame.height, frame.format.name)
        if self._graph is None:
            self._shape, self._graph = shape, self._graph_for(frame)
        elif shape != self._shape:
            raise NotReadable(self._what, "changes its picture size on the way")
        frame.time_base = self._time_base
        yield from self._through(self._graph, frame)

    def flush(self) -> Iterator[VideoFrame]:
        """What the filters still hold."""
        if self._graph is not None:
            yield from self._through(self._graph, None)

    def _through(self, graph: av.filter.Graph, pushed: VideoFrame | None) -> Iterator[VideoFrame]:
        try:
            graph.vpush(pushed)
        except av.error.FFmpegError:
            raise NotReadable(self._what, "is damaged: one of its pictures cannot be shown") from None
        while True:
            try:
                frame = graph.vpull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            except av.error.FFmpegError:
                raise NotReadable(self._what, "is damaged: one of its pictures cannot be shown") from None
            if frame.pts is not None and frame.time_base is not None:  # deinterlacing halves the clock's tick
                frame.pts = round(frame.pts * frame.time_base / self._time_base)
            frame.time_base = self._time_base
            yield frame

    def _graph_for(self, frame: VideoFrame) -> av.filter.Graph:
        graph = av.filter.Graph()
        if hasattr(graph, "threads"):  # av 16 has it not: one thread for each core, then
            graph.threads = self._threads
        with tempfile.TemporaryDirectory(prefix="lipsync-") as folder:
            try:
                graph.link_nodes(
                    graph.add("buffer", **self._source(frame)),
                    *(graph.add(name, **arguments) for name, arguments in self._steps(Path(folder))),
                    graph.add("buffersink"),
                ).configure()
            except av.error.FFmpegError:  # a size, a shape of pixels or a colour that no filter takes
                raise NotReadable(self._what, "is damaged: its pictures cannot be shown") from None
        return graph

    def _source(self, frame: VideoFrame) -> dict[str, str]:
        return {
            "video_size": f"{frame.width}x{frame.height}",
            "pix_fmt": frame.format.name,
            "time_base": str(self._time_base),
            "pixel_aspect": "1/1",
            "colorspace": str(int(frame.colorspace)),
            "range": str(int(frame.color_range)),
        }
