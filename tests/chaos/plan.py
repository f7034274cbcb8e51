"""What a run will do, drawn from its seed before anything happens: who wishes for what, who dies where, and what goes wrong meanwhile."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from tests.chaos.faults import FAULTS, FIRST_SETTINGS, SETTINGS
from tests.chaos.points import AT_SYNC_ALONE, COMMON, POINTS

_DIES_WITH_THE_SANDBOX = 0.06  # of all kills: the sandbox itself
_FORGETS_EVERY = 12  # lives


@dataclass(frozen=True, kw_only=True)
class User:
    """A folder with a journal, and an account of one service. Who is `forgetful` loses the journal every now and then."""

    name: str
    service: str
    forgetful: bool = False


@dataclass(frozen=True, kw_only=True)
class Wish:
    """One film that somebody wants. `content` tells its speech from all others; `left` is submitted and never asked for again."""

    id: str
    content: int
    take: int = 0
    left: bool = False


@dataclass(frozen=True, kw_only=True)
class Life:
    """A worker from its start to its death: when it passes `point` for the `nth` time. Its wall clock jumps by `clock_h` midway."""

    point: str = ""
    nth: int = 0
    clock_h: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Weather:
    """A stretch of the run: how the services behave, what goes wrong, and whether the sandbox is killed when it begins."""

    settings: dict[str, Any]
    faults: tuple[dict[str, Any], ...]
    sandbox_dies: bool


@dataclass(frozen=True, kw_only=True)
class Mix:
    """What a run is made of. The rest of it is the same in every run."""

    users: tuple[User, ...]
    points: tuple[str, ...] = tuple(POINTS)
    faults: tuple[dict[str, Any], ...] = FAULTS
    faults_per_job: float = 0.7
    settings: tuple[dict[str, Any], ...] = SETTINGS
    sandbox_dies: bool = True
    twins: float = 0.06
    """Share of wishes that are queued twice, for both workers to come upon."""
    left: float = 0.15
    at_a_time: int | None = None
    """Wishes that a life is given; None for what suits the number of kills."""


EVERYTHING = Mix(
    users=(
        User(name="sync-1", service="Sync"),
        User(name="sync-2", service="Sync"),
        User(name="forgetful-1", service="Sync", forgetful=True),
        User(name="forgetful-2", service="Sync", forgetful=True),
        User(name="segmind-1", service="Segmind"),
        User(name="segmind-2", service="Segmind"),
    )
)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All of it. `wishes` (twins included) and `lives` are by the user's name, in their order."""

    seed: int
    mix: Mix
    jobs: int
    kills: int
    at_a_time: int
    first_settings: dict[str, Any]
    wishes: dict[str, tuple[Wish, ...]]
    lives: dict[str, tuple[Life, ...]]
    forgets_after: dict[str, tuple[int, ...]]
    weathers: tuple[Weather, ...]

    def more_wishes(self, user: User) -> Iterator[Wish]:
        """Without end: for kills that are still to come when the user's wishes are all told."""
        start = 1_000_000 * (1 + self.mix.users.index(user))
        return (Wish(id=f"{user.name}/{number}", content=number) for number in itertools.count(start))


def draw(seed: int, *, jobs: int, kills: int, mix: Mix = EVERYTHING) -> Plan:
    """The plan of `seed`: always the same one."""
    random = Random(seed)
    with_sandbox = max(1, round(kills * _DIES_WITH_THE_SANDBOX)) if mix.sandbox_dies and kills else 0
    share = jobs / max(1, kills)
    lives = _lives(random, mix, kills - with_sandbox, longest=max(1, round(1.6 * share)))
    wishes = _wishes(random, mix, jobs)
    return Plan(
        seed=seed,
        mix=mix,
        jobs=jobs,
        kills=kills,
        at_a_time=mix.at_a_time or max(4, round(2.5 * share)),
        first_settings=FIRST_SETTINGS,
        wishes=wishes,
        lives=lives,
        forgets_after={
            user.name: tuple(range(_FORGETS_EVERY // 3, len(lives[user.name]), _FORGETS_EVERY)) if user.forgetful else ()
            for user in mix.users
        },
        weathers=_weathers(random, mix, jobs, with_sandbox),
    )


def _wishes(random: Random, mix: Mix, jobs: int) -> dict[str, tuple[Wish, ...]]:
    queues: dict[str, list[Wish]] = {user.name: [] for user in mix.users}
    for number, user in zip(range(jobs), itertools.cycle(mix.users), strict=False):
        queue = queues[user.name]
        wish = Wish(id=f"{user.name}/{number}", content=number, left=random.random() < mix.left)
        if queue and user.service == "Sync" and random.random() < 0.05:  # at Segmind, only the content tells whose a purchase is
            wish = replace(wish, content=queue[-1].content, take=queue[-1].take + 1)
        queue.extend([wish] * (2 if random.random() < mix.twins else 1))
    return {name: tuple(queue) for name, queue in queues.items()}


def _lives(random: Random, mix: Mix, deaths: int, *, longest: int) -> dict[str, tuple[Life, ...]]:
    points = list(itertools.islice(itertools.cycle(mix.points), deaths))
    random.shuffle(points)
    lives: dict[str, list[Life]] = {user.name: [] for user in mix.users}
    users = itertools.cycle(mix.users)
    for point in points:
        user = next(user for user in users if user.service == "Sync" or point not in AT_SYNC_ALONE)
        nth = random.randint(1, longest) if point in COMMON else 1
        clock_h = random.uniform(-1.5, 6) if random.random() < 0.15 else 0.0
        lives[user.name].append(Life(point=point, nth=nth, clock_h=clock_h))
    return {name: tuple(list_) for name, list_ in lives.items()}


def _weathers(random: Random, mix: Mix, jobs: int, deaths: int) -> tuple[Weather, ...]:
    count = max(deaths + 1, jobs // 40)
    deadly = set(random.sample(range(1, count), deaths))
    return tuple(_weather(random, mix, jobs / count, number in deadly) for number in range(count))


def _weather(random: Random, mix: Mix, jobs: float, sandbox_dies: bool) -> Weather:
    faults = [
        {**random.choice(mix.faults), "skip": random.randrange(max(1, round(jobs / 2)))} for _ in range(round(jobs * mix.faults_per_job))
    ]
    return Weather(settings=random.choice(mix.settings), faults=tuple(faults), sandbox_dies=sandbox_dies)
