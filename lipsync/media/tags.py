"""Which tags of a file say nothing about its owner. All others stay on this machine."""

from __future__ import annotations

from collections.abc import Iterator

from av.container import InputContainer
from av.stream import Stream

_STRUCTURE = frozenset({"major_brand", "minor_version", "compatible_brands", "language", "vendor_id", "duration"})
_WRITERS = frozenset({"encoder", "software"})
_WRITER_NAMES = ("Lavf", "Lavc", "LAME")
_HANDLERS = frozenset(
    {"VideoHandler", "SoundHandler", "Core Media Video", "Core Media Audio", "L-SMASH Video Handler", "L-SMASH Audio Handler"}
)
_OF_A_RECORDING = frozenset({"title", "artist", "album", "album_artist", "composer", "date", "genre", "track", "disc", "tsse"})


def private_tags(container: InputContainer, streams: list[Stream], *, recording: bool = False) -> tuple[str, ...]:
    """The names of the tags that go beyond structure, language and colour; of a sound `recording`, beyond title and artist too."""
    every = [container.metadata, *(stream.metadata for stream in streams)]
    return tuple(dict.fromkeys(name for tags in every for name in _private(tags, recording)))


def _private(tags: dict[str, str], recording: bool) -> Iterator[str]:
    for name, value in tags.items():
        key = name.lower()
        harmless = (
            not value.strip()
            or key in _STRUCTURE
            or (key == "handler_name" and value in _HANDLERS)
            or (key in _WRITERS and value.startswith(_WRITER_NAMES))
            or (recording and key in _OF_A_RECORDING)
        )
        if not harmless:
            yield name
