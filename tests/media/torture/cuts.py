"""Files cut without thought: packets dropped at the head, as a tool that copies or a recorder that starts late does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
from av.packet import Packet

Change = Callable[[Path], None]
_TS_PACKET_BYTES = 188


def without_head(key_frame: int) -> Change:
    """All before the key frame of this number (0 is the first) dropped, in the order of decoding, so that what follows may lean on it;
    the sound begins with the first picture that is left."""
    return _packets_dropped(lambda number, keys: keys < key_frame + 1)


def without_packets(count: int) -> Change:
    """The first `count` pictures (in the order of decoding) dropped."""
    return _packets_dropped(lambda number, keys: number < count)


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
