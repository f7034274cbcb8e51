"""Each clip is drawn once, when the first test asks for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.media.torture.clip import Clip

Draw = Callable[[Clip], Path]


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Draw:
    made: dict[str, Path] = {}

    def draw(clip: Clip) -> Path:
        if clip.id not in made:
            made[clip.id] = clip.make(tmp_path_factory.mktemp(clip.id))
        return made[clip.id]

    return draw
