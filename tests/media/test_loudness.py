"""How loud speech is, and the stretches in which nobody speaks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from lipsync.media.audio import samples_track
from lipsync.media.loudness import Loudness, loudness_of
from lipsync.media.sources import AudioFile, Samples
from lipsync.media.survey import open_speech
from tests.media.clips import make_speech, tone

RATE = 48000


def heard(*pieces: NDArray[np.float32]) -> Loudness | None:
    wave = np.concatenate(pieces, axis=1)
    return loudness_of(samples_track(Samples(waveform=torch.from_numpy(wave), sample_rate=RATE)))


def hush(seconds: float, level: float = 0.0) -> NDArray[np.float32]:
    """The sound of a room: noise of that level."""
    return (level * np.random.default_rng(1).normal(size=(1, round(seconds * RATE)))).astype(np.float32)


def voice(seconds: float, level: float = 0.5) -> NDArray[np.float32]:
    return tone(seconds, RATE, channels=1, level=level)


@pytest.mark.parametrize(("level", "dbfs"), [(0.5, -9), (0.1, -23), (0.005, -49)])
def test_the_level_is_that_of_the_voice_however_little_it_speaks(level: float, dbfs: float) -> None:
    for pieces in ([voice(3, level)], [voice(1.5, level), hush(20)]):
        found = heard(*pieces)
        assert found is not None
        assert found.level_dbfs == pytest.approx(dbfs, abs=1)


@pytest.mark.parametrize("room", [0.0, 0.003])
def test_long_silences_are_found_and_short_ones_are_not(room: float) -> None:
    found = heard(voice(1), hush(1.5, room), voice(1), hush(3, room), voice(1), hush(2.5, room))
    assert found is not None
    assert found.silences_s == (pytest.approx((3.5, 6.5), abs=0.06), pytest.approx((7.5, 10), abs=0.06))


def test_what_goes_on_beneath_a_pause_is_no_silence() -> None:
    found = heard(voice(1), voice(4, 0.05), voice(1))
    assert found is not None
    assert found.silences_s == ()


@pytest.mark.parametrize("level", [0.0, 0.0002])
def test_nothing_at_all(level: float) -> None:
    assert heard(hush(3, level)) is None


def test_a_file(tmp_path: Path) -> None:
    wave = np.concatenate([voice(1), hush(3), voice(1)], axis=1)
    track, _ = open_speech(AudioFile(path=make_speech(tmp_path / "a.mp3", codec="libmp3lame", wave=wave)))
    found = loudness_of(track)
    assert found is not None
    assert found.silences_s == (pytest.approx((1, 4), abs=0.15),)
