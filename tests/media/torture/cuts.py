"""Files whose packets were changed: dropped at the head, as tools that copy or recorders that start late do, told more, or packed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
from av.packet import Packet

from tests.media.torture.drawing import make
from tests.media.torture.recipe import Recipe

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


def preceded_by(recipe: Recipe) -> Change:
    """A broadcast that begins with another one."""

    def change(path: Path) -> None:
        own = path.read_bytes()
        path.write_bytes(make(recipe, path).read_bytes() + own)

    return change


def packed_in_pairs(path: Path) -> None:
    """MPEG-4 of one B-frame after each P-frame, as DivX stored it in AVI: both in one packet, and an empty picture in the next."""
    apart = path.with_name(f"apart-{path.name}")
    path.rename(apart)
    start, user_data, nothing = b"\0\0\1\xb6", b"\0\0\1\xb2DivX503b1393p", bytes.fromhex("000001b65040")
    with av.open(str(apart)) as source, av.open(str(path), "w") as target:
        copies = {stream.index: target.add_stream_from_template(stream, opaque=True) for stream in source.streams}
        copies[0].time_base = source.streams[0].time_base  # av 16 does not copy it, and AVI counts in it
        pictures = [packet for packet in source.demux(video=0) if packet.size]
        source.seek(0)
        sounds = [packet for packet in source.demux(audio=0) if packet.size]
        datas = [bytes(packet) for packet in pictures]
        datas[0] = datas[0].replace(start, user_data + start, 1)
        for at in range(1, len(datas) - 1, 2):
            datas[at], datas[at + 1] = datas[at] + datas[at + 1], nothing
        for place, (packet, data) in enumerate(zip(pictures, datas, strict=True)):
            packed = Packet(data)
            packed.pts = packed.dts = place
            packed.time_base, packed.is_keyframe, packed.stream = packet.time_base, packet.is_keyframe, copies[packet.stream_index]
            target.mux_one(packed)
        for packet in sounds:
            packet.stream = copies[packet.stream_index]
            target.mux_one(packet)
    apart.unlink()


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
