"""WAV files as every decoder reads them: 16-bit PCM, true lengths in the header. Source: Microsoft's RIFF and WAVEFORMATEXTENSIBLE."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np

from .audio import Track

MAX_BYTES = 2**32 - 1
_PCM, _EXTENSIBLE = 1, 0xFFFE
_PCM_GUID = bytes.fromhex("0100000000001000800000aa00389b71")
# Which loudspeaker each channel is for, in the order of audio.LAYOUTS.
_SPEAKERS = {1: 0x4, 2: 0x3, 3: 0xB, 4: 0x33, 5: 0x37, 6: 0x3F, 7: 0x70F, 8: 0x63F}


def write_wav(track: Track, path: Path, on_samples: Callable[[int], None] = lambda _: None) -> int:
    """Write `track` as 16-bit PCM, rounded, at its own rate with all its channels; return how many samples each channel has.

    A sample that came from 16 bits comes out as it was. `on_samples` hears how many are written. Raises OSError.
    """
    count = 0
    with path.open("wb") as file:
        file.write(_header(track, 0))
        for block in track.blocks:
            file.write(np.minimum(np.rint(np.clip(block, -1, 1) * 32768.0), 32767).astype("<i2").tobytes())
            count += len(block)
            on_samples(count)
        file.seek(0)
        file.write(_header(track, count))
    return count


def _header(track: Track, count: int) -> bytes:
    frame_bytes = 2 * track.channels
    kind = _PCM if track.channels <= 2 else _EXTENSIBLE
    form = struct.pack("<HHIIHH", kind, track.channels, track.sample_rate, track.sample_rate * frame_bytes, frame_bytes, 16)
    if kind == _EXTENSIBLE:
        form += struct.pack("<HHI", 22, 16, _SPEAKERS[track.channels]) + _PCM_GUID
    data_bytes = count * frame_bytes
    body = b"WAVE" + b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", min(data_bytes, MAX_BYTES))
    return b"RIFF" + struct.pack("<I", min(len(body) + data_bytes, MAX_BYTES)) + body
