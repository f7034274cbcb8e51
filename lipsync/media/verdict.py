"""What a video file needs before it may go up: nothing, new packaging, or one good encode; and why, in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from .probe import Picture, Probe, Sound
from .sources import VideoFile
from .streams import MP4

TOGETHER_S = 0.010  # nobody sees that sound and picture begin this far apart
_RUN_UP_S = 0.030  # a packet of AAC before the picture's start, which an MP4 hides with an edit list
_HONEST_S = 0.1
_LONGEST_NAME = 40
_TAMED_SOUND = ("aac", "mp3", "alac", "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be")


# Pictures of 8 bits and 4:2:0 that few decoders outside of libav can read all the same.
_RARE_PROFILES = ("High 4:4:4 Predictive", "High 4:4:4 Intra", "CAVLC 4:4:4 Intra", "High 4:4:4")


class Way(Enum):
    """From the best to the last resort."""

    ORIGINAL = "The original file goes up, byte for byte"
    REMUX = "Packed anew without touching the picture"
    ENCODE = "Encoded once to H.264"


@dataclass(frozen=True)
class Verdict:
    way: Way
    reasons: tuple[str, ...]

    @property
    def note(self) -> str:
        """One line on what is done and why."""
        return f"{self.way.value}: {', '.join(self.reasons)}." if self.reasons else f"{self.way.value}."


def verdict(source: VideoFile, probe: Probe, picture: Picture) -> Verdict:
    """Design section 6 says what is right already."""
    spoilt = [reason(picture) for wrong, reason in _PICTURE if wrong(picture)]
    if source.trimmed:
        spoilt.append("it is trimmed")
    if spoilt:
        return Verdict(Way.ENCODE, tuple(spoilt))
    untidy = [reason(probe) for wrong, reason in _FILE if wrong(probe, picture)]
    return Verdict(Way.REMUX if untidy else Way.ORIGINAL, tuple(untidy))


def sound_can_be_copied(sound: Sound, zero_s: Fraction) -> bool:
    """Whether its packets may stand in an MP4 whose picture begins at `zero_s`, and still be heard when they should."""
    return sound.packet_samples > 0 and -_RUN_UP_S <= sound.start_s - float(zero_s) <= TOGETHER_S


def _turned(picture: Picture) -> str:
    return "it is stored mirrored" if picture.orientation.mirrored else "it is stored turned"


def _kind_of_pixels(picture: Picture) -> str:
    if picture.has_alpha:
        return "it has an alpha channel, which is flattened over black"
    if picture.colour.rgb:
        return "its pixels are RGB"
    if picture.bit_depth != 8:
        return f"it has {picture.bit_depth} bits a channel"
    return f"its pixels are {picture.pixel_format}"


_PICTURE: tuple[tuple[Callable[[Picture], bool], Callable[[Picture], str]], ...] = (
    (lambda p: p.codec != "h264", lambda p: f"its picture is {p.codec}"),
    (lambda p: p.pixel_format not in ("yuv420p", "yuvj420p"), _kind_of_pixels),
    (lambda p: p.codec == "h264" and p.pixel_format == "yuv420p" and p.profile in _RARE_PROFILES, lambda p: f"its profile is {p.profile}"),
    (lambda p: p.interlaced, lambda p: "it is interlaced"),
    (lambda p: p.colour.hdr is not None, lambda p: f"it is {p.colour.hdr}, which becomes SDR"),
    (lambda p: p.colour.hdr is None and not p.colour.rgb and not p.colour.ordinary, lambda p: "its colours are not BT.709 or BT.601"),
    (lambda p: p.pixel_aspect != 1, lambda p: "its pixels are not square"),
    (lambda p: not p.orientation.upright, _turned),
    (lambda p: p.even_size != p.shown_size, lambda p: "its size {}x{} is odd, which becomes {}x{}".format(*p.shown_size, *p.even_size)),
    (lambda p: not p.constant, lambda p: f"its frame rate varies, which becomes {float(p.frame_rate):.5g}"),
    (lambda p: p.changes, lambda p: "it becomes another picture on the way"),
    (lambda p: not p.begins_whole, lambda p: "its first frames need others that are not there"),
    (lambda p: p.codec == "h264" and p.order_untold, lambda p: "it does not tell in which order its frames are shown"),
    (lambda p: p.hidden_frames > 0, lambda p: "an edit list hides some of its frames"),
)
"""What is wrong with a picture that must be encoded again, and how it is said."""


def _kind(probe: Probe) -> str:
    if probe.container != MP4:
        return probe.container.partition(",")[0]
    return "3gp" if probe.brand.startswith("3g") else "mp4"


def _told_wrongly(probe: Probe, picture: Picture) -> bool:
    length_s, length_in_all_s = float(picture.end_s - picture.start_s), probe.end_s - probe.start_s
    told = [(picture.told_duration_s, length_s), (probe.told_duration_s, length_in_all_s)]
    told += zip(probe.told_lengths_s, (length_in_all_s, length_s, length_s), strict=False)
    return probe.fragmented or any(tells is None or abs(tells - truth) > _HONEST_S for tells, truth in told)


def _apart(probe: Probe, picture: Picture) -> bool:
    return probe.sound is not None and abs(probe.sound.start_s - float(picture.start_s)) > TOGETHER_S


_FILE: tuple[tuple[Callable[[Probe, Picture], bool], Callable[[Probe], str]], ...] = (
    (lambda f, p: _kind(f) != "mp4", lambda f: f"it is {_kind(f)}, not MP4 or MOV"),
    (lambda f, p: bool(f.private_tags), lambda f: f"its tags stay here ({_few(f.private_tags)})"),
    (lambda f, p: p.says_more, lambda f: "words within its picture stay here"),
    (lambda f, p: bool(f.foreign_boxes) and not f.private_tags, lambda f: f"it holds more than a film ({_few(f.foreign_boxes)})"),
    (lambda f, p: bool(f.other_streams), lambda f: f"it has other streams ({_few(f.other_streams)})"),
    (lambda f, p: f.container == MP4 and _told_wrongly(f, p), lambda f: "its header does not tell its true length"),
    (lambda f, p: p.start_s != 0 and f.container == MP4, lambda f: "its picture does not begin at 0"),
    (_apart, lambda f: "sound and picture do not begin together"),
    (lambda f, p: f.sound is not None and f.sound.codec not in _TAMED_SOUND, lambda f: f"its sound is {f.sound.codec if f.sound else ''}"),
)
"""What is wrong with a file whose picture may stay as it is, and how it is said."""


def _few(names: tuple[str, ...]) -> str:
    distinct = sorted({_legible(name) for name in names})
    return ", ".join(distinct[:3]) + ", ..." * (len(distinct) > 3)


def _legible(name: str) -> str:
    """A tag's name as it may stand in a sentence: a damaged file names its tags as it likes."""
    signs = "".join(sign for sign in name if sign.isprintable() and sign != "\ufffd").strip()
    return f"{signs[:_LONGEST_NAME]}..." if len(signs) > _LONGEST_NAME else signs or "unnamed"
