"""Files cut without thought: packets dropped at the head, as a tool that copies or a recorder that starts late does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
from av.packet import Packet

Change = Callable[[Path], None]
_MDPM = bytes.fromhex("17ee8c60f84d11d98cd60800200c9a66")  # what AVCHD calls its notes


def without_head(key_frame: int) -> Change:
    """All before the key frame of this number (0 is the first) dropped, in the order of decoding, so that what follows may lean on it;
    the sound begins with the first picture that is left."""
    return _packets_dropped(lambda number, keys: keys < key_frame + 1)


def without_packets(count: int) -> Change:
    """The first `count` pictures (in the order of decoding) dropped."""
    return _packets_dropped(lambda number, keys: number < count)


def saying(words: bytes) -> Change:
    """H.264 whose every picture carries `words`, as camcorders tell their place and time."""
    message = b"\6\5" + bytes([16 + len(words)]) + _MDPM + words + b"\x80"

    def change(path: Path) -> None:
        silent = path.with_name(f"silent-{path.name}")
        path.rename(silent)
        with av.open(str(silent)) as source, av.open(str(path), "w") as target:
            copies = {stream.index: target.add_stream_from_template(stream, opaque=True) for stream in source.streams}
            in_lengths = source.streams.video[0].codec_context.extradata[0] == 1
            unit = (len(message).to_bytes(4, "big") if in_lengths else b"\0\0\0\1") + message
            for packet in source.demux():
                if packet.size:
                    said = packet
                    if packet.stream.type == "video":
                        said = Packet(unit + bytes(packet))
                        said.pts, said.dts, said.duration, said.time_base = packet.pts, packet.dts, packet.duration, packet.time_base
                        said.is_keyframe = packet.is_keyframe
                    said.stream = copies[packet.stream_index]
                    target.mux_one(said)
        silent.unlink()

    return change


def _packets_dropped(dropped: Callable[[int, int], bool]) -> Change:
    def change(path: Path) -> None:
        whole = path.with_name(f"whole-{path.name}")
        path.rename(whole)
        with av.open(str(whole)) as source, av.open(str(path), "w") as target:
            copies = {stream.index: target.add_stream_from_template(stream, opaque=True) for stream in source.streams}
            number = keys = 0
            kept: list[Packet] = []
            for packet in source.demux():
                if packet.size == 0:
                    continue
                if packet.stream.type == "video":
                    keys += packet.is_keyframe
                    if not dropped(number, keys):
                        kept.append(packet)
                    number += 1
                else:
                    kept.append(packet)
            first_s = min(packet.pts * packet.time_base for packet in kept if packet.stream.type == "video")
            for packet in kept:
                if packet.stream.type == "video" or packet.pts * packet.time_base >= first_s:
                    packet.stream = copies[packet.stream_index]
                    target.mux_one(packet)
        whole.unlink()

    return change
