"""What the numbers in a picture mean, and which of them every player reads rightly. Source: ITU-T H.273 (code points), BT.709, BT.2100."""

from __future__ import annotations

from dataclasses import dataclass

from av.video.stream import VideoStream

UNSPECIFIED = 2
BT709 = 1
LIMITED, FULL = 1, 2  # libav's AVColorRange

_MATRICES = {1: "bt709", 4: "fcc", 5: "bt470", 6: "smpte170m", 7: "smpte240m", 9: "bt2020", 10: "bt2020"}
_MATRIX_OF_PRIMARIES = {1: "bt709", 5: "bt470", 6: "smpte170m", 9: "bt2020"}
_PQ, _HLG = 16, 18
_WIDE_PRIMARIES = (9, 11, 12)  # BT.2020, DCI-P3, Display P3
_ORDINARY_MATRICES = (1, 2, 5, 6)
_ORDINARY_TRANSFERS = (1, 2, 4, 5, 6, 13)  # all within a hair of each other on a screen; 13 is sRGB


def first_told(*points: int) -> int:
    """The first of these code points that says something; UNSPECIFIED if none does."""
    return next((point for point in points if point not in (0, UNSPECIFIED)), UNSPECIFIED)


@dataclass(frozen=True, kw_only=True)
class Colour:
    """Colour as the file tells it, in H.273's code points. `rgb`: the pixels are not YUV, so no matrix applies."""

    matrix: int
    primaries: int
    transfer: int
    full_range: bool
    rgb: bool

    @property
    def hdr(self) -> str | None:
        """The name of its high dynamic range, None for SDR."""
        return {_PQ: "HDR10", _HLG: "HLG"}.get(self.transfer)

    @property
    def wide(self) -> bool:
        """Whether its colours go beyond BT.709's."""
        return self.primaries in _WIDE_PRIMARIES

    @property
    def ordinary(self) -> bool:
        """Whether every player and service shows it rightly by its tags, or by having none."""
        return self.matrix in _ORDINARY_MATRICES and self.transfer in _ORDINARY_TRANSFERS and not self.wide and not self.rgb

    def matrix_name(self, width: int, height: int) -> str | None:
        """The matrix in libav's words, for a picture of this size: untagged HD is BT.709 and untagged SD is BT.601, as players have
        it. None if libav has no such matrix."""
        if self.matrix not in (UNSPECIFIED, 0):
            return _MATRICES.get(self.matrix)
        if self.primaries in _MATRIX_OF_PRIMARIES:
            return _MATRIX_OF_PRIMARIES[self.primaries]
        return "bt709" if width >= 1280 or height >= 720 else "smpte170m"


def full_in_libav(bit_depth: int) -> float:
    """What full RGB of so many bits comes to in libav's 16 bits and floats, and what these must hold to become full again: not quite 1,
    as it makes more bits of few by appending zeros. Measured with libswscale 9.5."""
    return ((1 << 16) - (1 << max(0, 16 - bit_depth))) / ((1 << 16) - 1)


def told_colour(stream: VideoStream) -> Colour:
    """What the container says, as long as nothing is decoded: a codec that tells no colours writes over it, as ProRes may."""
    context = stream.codec_context
    return Colour(
        matrix=int(context.colorspace),
        primaries=int(context.color_primaries),
        transfer=int(context.color_trc),
        full_range=context.color_range == FULL,
        rgb=False,
    )


def place_in(pixel_format: str) -> str:
    """Where we store colours that pixels share, in libav's words: where readers of H.264 look for them (ITU-T H.264 annex E), and in ProRes
    where ComfyUI and we do."""
    return "left" if pixel_format == "yuv420p" else "center"
