"""Tensors to an H.264 file: a chunk at a time, rounded, in true BT.709, at the exact rate, with the sound where it lay."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import torch
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from torch import Tensor

from .audio import check_samples, samples_track
from .geometry import even_size
from .mux import VISUALLY_LOSSLESS, Film, Quality
from .pixels import check_frames, chunks, eight_bit, out_of_range, over_black
from .sources import Frames, Samples
from .work import Work

THE_FRAMES = "The video"


def encode_frames(
    frames: Frames,
    path: Path,
    *,
    progress: Callable[[str, int, int], None],
    cancelled: Callable[[], bool],
    quality: Quality = VISUALLY_LOSSLESS,
    tags: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """Write `frames` and the sound that they carry, cut to their length, to `path` (MP4). `progress` hears frames done and in all.

    Returns what had to be changed, as short phrases. Never copies more than a chunk of the pictures. Raises NoFrames, BadFrames,
    BadSound, NotWritten, Cancelled.
    """
    check_frames(THE_FRAMES, frames.images, frames.frame_rate)
    count, height, width, _ = frames.images.shape
    work = Work("Encoding the frames", count, progress=progress, cancelled=cancelled)
    reader = _Reader(frames.images, work)

    with Film(path, tags=tags) as film:
        film.encode_picture(reader.pictures(), size=even_size(width, height), frame_rate=frames.frame_rate, quality=quality)
        if frames.waveform is not None and frames.sample_rate is not None:
            samples = Samples(waveform=frames.waveform, sample_rate=frames.sample_rate)
            check_samples("The video's sound", samples)
            film.encode_sound(samples_track(samples, end_s=float(count / frames.frame_rate)))
        film.write(lambda time_s: work.done(round(time_s * float(frames.frame_rate))))
    return reader.changes


class _Reader:
    """Reads tensors as pictures in BT.709, noting what could not be kept."""

    def __init__(self, images: Tensor, work: Work) -> None:
        self._images = images
        self._work = work
        self._not_numbers = self._out_of_range = False

    @property
    def changes(self) -> tuple[str, ...]:
        _, height, width, channels = self._images.shape
        even = even_size(width, height)
        said = {
            "alpha flattened over black": channels == 4,
            "values that are not numbers made black": self._not_numbers,
            "values beyond 0 to 1 clamped": self._out_of_range,
            f"size {width}x{height} made even by repeating its edge ({even[0]}x{even[1]})": even != (width, height),
        }
        return tuple(change for change, happened in said.items() if happened)

    def pictures(self) -> Iterator[VideoFrame]:
        reformatter = VideoReformatter()
        for chunk in chunks(self._images):
            self._work.look()
            for picture in self._bytes(chunk):
                frame = VideoFrame.from_ndarray(picture.numpy(), format="rgb24")
                # Without being told, libav takes the matrix of standard definition, and saturated colours shift.
                yield reformatter.reformat(
                    frame,
                    format="yuv420p",
                    src_colorspace=Colorspace.ITU709,
                    dst_colorspace=Colorspace.ITU709,
                    src_color_range=ColorRange.JPEG,
                    dst_color_range=ColorRange.MPEG,
                )

    def _bytes(self, chunk: Tensor) -> Tensor:
        """[N, H, W, 3] with even sides, uint8 on the CPU."""
        not_numbers, beyond = out_of_range(chunk)
        self._not_numbers |= not_numbers
        self._out_of_range |= beyond
        pixels = eight_bit(over_black(chunk) if chunk.shape[3] == 4 else chunk)
        height, width = pixels.shape[1:3]
        pixels = pixels.expand(-1, -1, -1, 3)
        if height % 2:
            pixels = torch.cat([pixels, pixels[:, -1:]], dim=1)
        if width % 2:
            pixels = torch.cat([pixels, pixels[:, :, -1:]], dim=2)
        return pixels.contiguous()
