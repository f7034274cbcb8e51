"""Our frames, rate and sound beside those of core's Get Video Components: the same to rounding, wherever core is right."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from fnmatch import fnmatch
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from lipsync.media.decode import decode, plan_decoding
from lipsync.media.sources import VideoFile
from tests.media.torture.clip import Clip
from tests.media.torture.table import CLIPS
from tests.support.comfy_checkout import Checkout

_SCRIPT = Path(__file__).with_name("core_frames.py")
_ROUNDING = 1.5 / 255  # of ours in 8 bits and of core's, which reckons in floats from limited range
_SOUND_ROUNDING = 1e-4

PICTURE_WRONG = {
    "it puts one frame after the other, whatever their times": "vfr-* phone* screen-recording-* browser-recording-* two-halves-*",
    "it drops what comes behind the wrap of a clock": "clock-that-wraps-ts",
    "it takes the rate that a clock of milliseconds makes of 60000/1001": "*-rate-59_94",
    "it does not mirror": "turned-mirror turned-flip turned-*transposed",
    "it does not make pixels square": "*squeezed* wide-pixels* tall-pixels anamorphic-* broadcast camcorder-*",
    "it leaves fields woven": "interlaced-* camera-avchd",
    "it shows HDR and wide colours as if they were BT.709's": "*hdr* *hlg* colour-bt2020-*",
    "it does not know colours that only the container tells": "*prores*",
    "it decodes WebM without its alpha": "*-alpha",
    "it takes libav's quick way for full range, which does not spread shared colours": "*mjpeg* *yuvj colour-*-full",
    "it takes shared colours of HEVC to stand in the middle": "mp4-hevc-422-12",
    "it takes the first picture, even a cover, not the default": "streams-two-*-default streams-two-pictures-mp4 streams-cover-first-*",
}
SOUND_WRONG = {
    "it lays sound that begins before or after the picture at its beginning": "*-ts ts-* *-ts-* mpg-* *flv* *-fragmented cut-* sound-late* "
    "sound-early* edit-delays-picture streams-cover-first-mkv lying-and-turned phone browser-* broadcast camera-avchd",
    "it takes the last sound, not the default one or the first": "streams-two-* edit-suite-*",
}
_TORN_BEFORE, _TORN_UNLESS = (0, 25), 32
"""Until 0.25.0 core lets libav's threads write over each other's rows where the stored width is no multiple of 32, never twice alike."""
CRASHES = "sound-7_1-*"
"""Core's Python dies of eight channels, which libav's frames hold in another way than seven."""


def torn(stored_width: int, core: Checkout) -> bool:
    return tuple(map(int, core.version.split("."))) < _TORN_BEFORE and stored_width % _TORN_UNLESS > 0


def listed(clip: Clip, table: dict[str, str]) -> bool:
    return any(fnmatch(clip.id, pattern) for patterns in table.values() for pattern in patterns.split())


@pytest.fixture(scope="module")
def core(checkout: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Clip], tuple[Path, Path]]:
    """Where each clip lies, and what core made of it."""
    folder = tmp_path_factory.mktemp(f"core-{checkout.version}")
    made = {}
    for clip in compared():
        (folder / clip.id).mkdir()
        made[clip.id] = clip.make(folder / clip.id), folder / clip.id / "core.npz"
    command = [checkout.python, _SCRIPT, checkout.root, *(path for pair in made.values() for path in pair)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return lambda clip: made[clip.id]


def compared() -> list[Clip]:
    return [
        clip
        for clip in CLIPS
        if not clip.trim and not fnmatch(clip.id, CRASHES) and not (listed(clip, PICTURE_WRONG) and listed(clip, SOUND_WRONG))
    ]


@pytest.mark.parametrize("clip", compared(), ids=lambda clip: clip.id)
def test_what_core_reads_rightly_is_the_same_here(clip: Clip, core: Callable[[Clip], tuple[Path, Path]], checkout: Checkout) -> None:
    source, arrays = core(clip)
    plan = plan_decoding(VideoFile(path=source))
    ours = decode(plan, progress=lambda *_: None, cancelled=lambda: False)
    with np.load(arrays) as theirs:
        if not listed(clip, PICTURE_WRONG) and not torn(plan.picture.width, checkout):
            assert ours.images.shape == theirs["frames"].shape
            assert float(np.abs(ours.images.numpy() - theirs["frames"]).max()) <= _ROUNDING
            assert ours.frame_rate == Fraction(*theirs["fps"].tolist())
        if not listed(clip, SOUND_WRONG):
            assert (ours.waveform is None) == ("audio" not in theirs)
            if ours.waveform is not None:
                assert ours.sample_rate == int(theirs["sample_rate"])
                assert ours.waveform.shape == theirs["audio"].shape
                assert float(np.abs(ours.waveform.numpy() - theirs["audio"]).max()) <= _SOUND_ROUNDING
