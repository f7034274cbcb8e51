"""Voices that pretend nothing: tones that last as long as the script would take to say, with a pause at every space."""

from __future__ import annotations

import hashlib
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 44100
CHARACTERS_PER_S = 15.0
_SCALE = (1.0, 9 / 8, 5 / 4, 4 / 3, 3 / 2, 5 / 3, 15 / 8)
_LOUDNESS = 0.4
_EDGE_S = 0.012


def pitch_of(name: str) -> float:
    """The pitch in Hz of a voice that has only a name: always the same for the same one."""
    return 110.0 + hashlib.sha256(name.encode()).digest()[0]


def speak(script: str, *, pitch_hz: float, target: Path) -> float:
    """Write `script` as a mono 16-bit WAV and return its duration in seconds."""
    words = script.split(" ")
    pieces = [_word(word, pitch_hz) for word in words]
    pause = np.zeros(round(RATE / CHARACTERS_PER_S))
    samples = np.concatenate([part for piece in pieces for part in (piece, pause)][:-1])
    with wave.open(str(target), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return len(samples) / RATE


def _word(word: str, pitch_hz: float) -> NDArray[np.float64]:
    """One tone per letter, on a scale over the voice's pitch, fading in and out as a word does."""
    each = round(RATE / CHARACTERS_PER_S)
    pitches = np.repeat([pitch_hz * _SCALE[ord(letter) % len(_SCALE)] for letter in word], each)
    tone = np.sin(2 * np.pi * np.cumsum(pitches) / RATE)
    edge = min(round(_EDGE_S * RATE), len(tone) // 2)
    fade = np.ones(len(tone))
    fade[:edge] = np.linspace(0, 1, edge)
    fade[len(tone) - edge :] = np.linspace(1, 0, edge)
    return tone * fade * _LOUDNESS
