"""What else lies in a file: other pictures and sounds, covers, chapters, clocks, tags and places."""

from __future__ import annotations

from dataclasses import replace

from tests.media.torture.clip import Clip, clip
from tests.media.torture.cuts import saying
from tests.media.torture.recipe import SECRETS, Beside, Look, Recipe, Voice
from tests.media.torture.surgery import box, planted, renamed
from tests.media.torture.truth import ENCODED, PACKED

_SAID = Voice(end_s=0.48)
_BASE = Recipe(name="a.mp4", frames=12, voice=_SAID)
_OTHER = Recipe(name="b.mp4", frames=12, first=100, voice=None)
_OTHER_VOICE = Recipe(name="b.mp4", frames=12, first=100, voice=Voice(start_s=5.0, end_s=5.48))

_COVER = Recipe(name="c.avi", frames=1, first=200, look=Look(codec="mjpeg", pixel_format="yuvj420p", matrix=6, full=True), voice=None)


def _of(name: str, **more: object) -> Recipe:
    return replace(_BASE, name=name, **more)


SECRET = b" ".join(SECRETS)
_PLACE = box(b"\xa9xyz", len(SECRET).to_bytes(2, "big") + b"\x15\xc7" + SECRET)
_XMP = box(b"uuid", bytes.fromhex("be7acfcb97a942e89c71999491e3afac") + b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>")
_TEXT = SECRET.decode()

CLIPS: tuple[Clip, ...] = (
    clip("streams-two-pictures-first", _of("a.mkv", beside=(Beside(_OTHER),)), PACKED),
    clip("streams-two-pictures-default", _of("a.mkv", beside=(Beside(_OTHER, before=True),), disposition="default"), PACKED),
    clip("streams-two-pictures-mp4", _of("a.mp4", beside=(Beside(_OTHER, before=True),), disposition="default"), PACKED),
    clip("streams-two-of-each-first", _of("a.mkv", beside=(Beside(_OTHER_VOICE),)), PACKED),
    clip("streams-two-of-each-default", _of("a.mkv", beside=(Beside(_OTHER_VOICE, before=True),), disposition="default"), PACKED),
    clip("streams-two-of-each-mov", _of("a.mov", beside=(Beside(_OTHER_VOICE),), disposition="default"), PACKED),
    clip("streams-two-of-each-ts", _of("a.ts", beside=(Beside(_OTHER_VOICE),)), PACKED),
    clip("streams-cover-mp4", _of("a.mp4", beside=(Beside(_COVER, disposition="attached_pic"),), disposition="default"), PACKED),
    clip(
        "streams-cover-first-mkv",
        _of("a.mkv", beside=(Beside(_COVER, before=True, disposition="attached_pic"),), disposition="default"),
        PACKED,
    ),
    clip("streams-chapters-mp4", _of("a.mp4", chapters=(0.0, 0.2)), PACKED),
    clip("streams-chapters-mkv", _of("a.mkv", chapters=(0.0, 0.2)), PACKED),
    clip("streams-timecode-mov", _of("a.mov", tags={"timecode": "01:00:00:00"}), PACKED),
    clip("streams-metadata-mov", _of("a.mov", tags={"timecode": "01:00:00:00"}, changes=(renamed(b"tmcd", b"mebx"),)), PACKED),
    clip("private-tags-mp4", _of("a.mp4", tags={"location": _TEXT, "com.apple.quicktime.location.ISO6709": _TEXT}), PACKED),
    clip("private-tags-mov", _of("a.mov", tags={"com.apple.quicktime.model": _TEXT}), PACKED),
    clip("private-tags-mkv", _of("a.mkv", tags={"LOCATION": _TEXT, "title": _TEXT, "comment": _TEXT}), PACKED),
    clip("private-words-mp4", _of("a.mp4", changes=(saying(SECRET),)), f"{PACKED}: words within its picture stay here"),
    clip("private-words-ts", _of("a.ts", changes=(saying(SECRET),)), PACKED),
    clip("private-words-mkv", _of("a.mkv", changes=(saying(SECRET),)), PACKED),
    clip("private-tags-webm", _of("a.webm", look=Look(codec="libvpx-vp9"), voice=None, tags={"comment": _TEXT}), ENCODED),
    clip("private-tags-avi", _of("a.avi", look=Look(codec="mpeg4", matrix=6, tagged=False), voice=None, tags={"comment": _TEXT}), ENCODED),
    clip("private-tags-flv", _of("a.flv", tags={"comment": _TEXT}), PACKED),
    clip("private-tags-ts", _of("a.ts", tags={"service_name": _TEXT, "service_provider": _TEXT}), PACKED),
    clip("private-place-mov", _of("a.mov", changes=(planted(box(b"udta", _PLACE), b"moov"),)), PACKED),
    clip("private-place-of-track", _of("a.mp4", changes=(planted(box(b"udta", _PLACE), b"trak"),)), PACKED),
    clip("private-xmp", _of("a.mp4", changes=(planted(_XMP),)), PACKED),
    clip("private-xmp-in-moov", _of("a.mp4", changes=(planted(_XMP, b"moov"),)), PACKED),
    clip("private-free-room", _of("a.mp4", changes=(planted(box(b"free", bytes(20) + SECRET)),)), PACKED),
    clip("private-skip-in-trak", _of("a.mp4", changes=(planted(box(b"skip", SECRET), b"trak"),)), PACKED),
    clip("private-handler-name", _of("a.mp4", changes=(renamed(b"VideoHandler", b"Jane's phone"),)), PACKED),
    clip("private-free-room-deep", _of("a.mp4", changes=(planted(box(b"free", SECRET), b"stbl"),)), PACKED),
    clip("private-box-in-mdia", _of("a.mp4", changes=(planted(_PLACE, b"mdia"),)), PACKED),
)
