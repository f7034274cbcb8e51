"""Which file is spoilt in which way: drawn from the run's seed and the file's number, so that each can be made again by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from tests.fuzz.mending import mended
from tests.fuzz.mutations import MUTATIONS

_MOST_MUTATIONS = (1, 1, 1, 2, 2, 3, 5)
_MENDED = 0.7  # of all files


@dataclass(frozen=True, kw_only=True)
class Case:
    """A spoilt file: `name` is the seed's, and `done` says in words what was done to it."""

    number: int
    name: str
    data: bytes
    done: tuple[str, ...]


def case(seed: int, number: int, seeds: Mapping[str, bytes]) -> Case:
    """The file of this `number` in the run of this `seed`: always the same one, as long as the `seeds` are the same."""
    random = Random(f"{seed}/{number}")
    name = random.choice(sorted(seeds))
    data, done = seeds[name], []
    drawn = random.choices(list(MUTATIONS), [weight for _, weight in MUTATIONS.values()], k=random.choice(_MOST_MUTATIONS))
    for mutation in drawn:
        if data:
            mutated = MUTATIONS[mutation][0](random, data, seeds)
            data, done = mutated.data, [*done, mutated.words]
    return Case(number=number, name=name, data=mended(data) if random.random() < _MENDED else data, done=tuple(done))
