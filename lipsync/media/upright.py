"""Decoded pictures made ordinary: upright, progressive, square pixels, BT.709, no alpha. All of it by libav's own filters."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import av.filter
from av.video.frame import VideoFrame

from ..errors.media import NotReadable
from .geometry import even_size
from .probe import Picture
from .tonemap import write_table

Step = tuple[str, dict[str, str]]

_SCALER = "bicubic+accurate_rnd+full_chroma_int"
_EIGHT_BITS = ("yuv420p", "rgb24", "rgba")
_WHOLE_COLOURS = {"yuv420p": "yuv444p", "yuv422p10le": "yuv444p10le"}


@dataclass(frozen=True, kw_only=True)
class Form:
    """What pictures are to become. YUV is BT.709 limited range with both sides even (the last row or column repeated), without alpha
    or, with `alpha`, of a format that has it.

    An RGB format is full range, cut to the upper left `crop` and scaled to `size` (width, height), else of the picture's own size. With
    `alpha` it must have an alpha channel, and its colours stay as they are stored; without, they come over black.
    """

    pixel_format: str
    crop: tuple[int, int] | None = None
    size: tuple[int, int] | None = None
    alpha: bool = False


class Upright:
    """Turns the decoded pictures of one file into pictures of a `form`, each once."""

    def __init__(self, what: str, picture: Picture, form: Form) -> None:
        self._what = what
        self._picture = picture
        self._form = form
        self._shape: tuple[int, int, str] | None = None
        self._graph: av.filter.Graph | None = None

    def push(self, frame: VideoFrame) -> Iterator[VideoFrame]:
        """Hand in one picture and take what is ready; timestamps stay. Raises NotReadable if the size changes on the way."""
        shape = (frame.width, frame.height, frame.format.name)
        if self._graph is None:
            self._shape, self._graph = shape, self._graph_for(frame)
        elif shape != self._shape:
            raise NotReadable(self._what, "changes its picture size on the way")
        frame.time_base = self._picture.time_base
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
                frame.pts = round(frame.pts * frame.time_base / self._picture.time_base)
            frame.time_base = self._picture.time_base
            yield frame

    def _graph_for(self, frame: VideoFrame) -> av.filter.Graph:
        with tempfile.TemporaryDirectory(prefix="lipsync-") as folder:
            graph = av.filter.Graph()
            graph.link_nodes(
                graph.add("buffer", **self._source(frame)),
                *(graph.add(name, **arguments) for name, arguments in self._steps(Path(folder))),
                graph.add("buffersink"),
            ).configure()
        return graph

    def _source(self, frame: VideoFrame) -> dict[str, str]:
        return {
            "video_size": f"{frame.width}x{frame.height}",
            "pix_fmt": frame.format.name,
            "time_base": str(self._picture.time_base),
            "pixel_aspect": "1/1",
            "colorspace": str(int(frame.colorspace)),
            "range": str(int(frame.color_range)),
        }

    def _steps(self, folder: Path) -> Iterator[Step]:
        picture, colour = self._picture, self._picture.colour
        if picture.interlaced:
            yield "bwdif", {"mode": "send_frame", "deint": "interlaced"}
        matrix = colour.matrix_name(picture.width, picture.height)
        if matrix is None:
            raise NotReadable(self._what, "has colours of a kind that is not known here")
        source = {} if colour.rgb else {"in_color_matrix": matrix, "in_range": "full" if colour.full_range else "limited"}
        width, height = picture.shown_size
        if picture.orientation.sideways:
            width, height = height, width
        size = {"w": str(width), "h": str(height), "flags": _SCALER}

        if picture.has_alpha:
            planes = "gbrap" if picture.bit_depth == 8 and self._form.pixel_format in _EIGHT_BITS else "gbrap16le"
            if picture.pixel_format == "pal8":
                yield "format", {"pix_fmts": "rgba"}
            yield from _scaled({**source, "out_range": "full", "flags": _SCALER}, planes)
            if not self._form.alpha:
                yield "premultiply", {"inplace": "1"}
            source = {"in_range": "full"}
        if colour.hdr or colour.wide:
            yield from _scaled({**source, "out_range": "full", "flags": _SCALER}, "gbrap16le" if self._form.alpha else "gbrp16le")
            table = folder / "colours.cube"
            write_table(colour, table)
            yield "lut3d", {"file": str(table), "interp": "tetrahedral"}
            source = {"in_range": "full"}

        if self._form.pixel_format.startswith("yuv"):
            yield from self._to_yuv({**source, **size}, odd=picture.even_size != picture.shown_size)
        else:
            yield from self._to_rgb({**source, **size, "out_range": "full"})

    def _to_rgb(self, scale: dict[str, str]) -> Iterator[Step]:
        form = self._form
        yield from _scaled(scale, form.pixel_format)
        yield from ((name, {"dir": way} if way else {}) for name, way in self._picture.orientation.steps)
        if form.crop is not None:
            yield "crop", {"w": str(form.crop[0]), "h": str(form.crop[1]), "x": "0", "y": "0"}
        if form.size is not None:
            yield from _scaled({"w": str(form.size[0]), "h": str(form.size[1]), "flags": _SCALER}, form.pixel_format)

    def _to_yuv(self, scale: dict[str, str], *, odd: bool) -> Iterator[Step]:
        wanted, orientation = self._form.pixel_format, self._picture.orientation
        # Colours of half the size have no odd edge, and those of half the width cannot be turned.
        whole = _WHOLE_COLOURS.get(wanted, wanted) if odd or (orientation.sideways and wanted == "yuv422p10le") else wanted
        yield from _scaled({**scale, "out_color_matrix": "bt709", "out_range": "limited"}, whole)
        yield from ((name, {"dir": way} if way else {}) for name, way in orientation.steps)
        if odd:
            (width, height), (full_width, full_height) = self._picture.shown_size, even_size(*self._picture.shown_size)
            yield "pad", {"w": str(full_width), "h": str(full_height), "x": "0", "y": "0"}
            yield "fillborders", {"right": str(full_width - width), "bottom": str(full_height - height), "mode": "smear"}
        if whole != wanted:
            yield "format", {"pix_fmts": wanted}
        # ProRes tells in every picture what libav knows of that picture, whatever the encoder was told.
        yield "setparams", {"color_primaries": "bt709", "color_trc": "bt709", "colorspace": "bt709", "range": "limited"}


def _scaled(arguments: dict[str, str], pixel_format: str) -> Iterator[Step]:
    yield "scale", arguments
    yield "format", {"pix_fmts": pixel_format}
