"""One row of the set: a recipe, and the truth about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.media.torture.drawing import make
from tests.media.torture.recipe import Recipe
from tests.media.torture.truth import ENCODED, Truth, truth_of


@dataclass(frozen=True, kw_only=True)
class Clip:
    """`id` names it in the tests; `way` is how the note on what was done begins; `trim` is what a VideoFile says of it."""

    id: str
    recipe: Recipe
    truth: Truth
    way: str = ENCODED
    trim: dict[str, float] = field(default_factory=dict)

    def make(self, folder: Path) -> Path:
        return make(self.recipe, folder / self.recipe.name)


def clip(id: str, recipe: Recipe, way: str = ENCODED, trim: dict[str, float] | None = None, **truth: Any) -> Clip:
    return Clip(id=id, recipe=recipe, truth=truth_of(recipe, **truth), way=way, trim=trim or {})
