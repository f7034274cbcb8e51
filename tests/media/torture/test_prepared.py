"""Every clip of the set made ready to go up, and what goes up judged by what was drawn."""

from __future__ import annotations

import hashlib

import pytest

from lipsync.media.sources import VideoFile
from tests.media.conftest import Prepare
from tests.media.judges import UNTOUCHED
from tests.media.torture.clip import Clip
from tests.media.torture.conftest import Draw
from tests.media.torture.films import film_of
from tests.media.torture.judges import judge, secrets_in
from tests.media.torture.table import BY_ID, CLIPS
from tests.media.torture.truth import ENCODED, ORIGINAL


def test_no_two_clips_have_one_name() -> None:
    assert len(BY_ID) == len(CLIPS)


@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip.id)
def test_what_goes_up_is_what_was_drawn(clip: Clip, drawn: Draw, prepared: Prepare) -> None:
    path = drawn(clip)
    ready = prepared(VideoFile(path=path, **clip.trim))
    assert ready.note.startswith(clip.way)
    assert ready.facts.frame_rate == clip.truth.rate
    look = clip.recipe.look  # pixels that were not touched are still stored in its way
    film = film_of(ready.path) if clip.way.startswith(ENCODED) else film_of(ready.path, matrix=look.matrix, full=look.full)
    assert judge(film, clip.truth) == []
    assert len(film.images) == ready.facts.frame_count
    assert film.images[0].shape[1::-1] == (ready.facts.width, ready.facts.height)
    assert secrets_in(ready.path.read_bytes()) == []
    if clip.way.startswith(ORIGINAL):
        assert (ready.path, ready.sha256) == (path, hashlib.sha256(path.read_bytes()).hexdigest())
    assert prepared(VideoFile(path=ready.path)).note == UNTOUCHED
