"""Every clip of the set decoded to arrays, as `python -m lipsync.media decode` does it, and judged by what was drawn."""

from __future__ import annotations

from pathlib import Path

import pytest

from lipsync.media.__main__ import main
from tests.media.torture.clip import Clip
from tests.media.torture.conftest import Draw
from tests.media.torture.films import film_of_arrays
from tests.media.torture.judges import judge
from tests.media.torture.table import CLIPS


@pytest.mark.parametrize("clip", [clip for clip in CLIPS if not clip.trim], ids=lambda clip: clip.id)
def test_frames_and_sound_are_what_was_drawn(clip: Clip, drawn: Draw, tmp_path: Path) -> None:
    arrays = tmp_path / "film.npz"
    assert main(["decode", str(drawn(clip)), str(arrays)]) == 0
    assert judge(film_of_arrays(arrays), clip.truth) == []
