"""The storm: workers that live, wish and are killed, in the weather that the plan has for them."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter, deque
from contextlib import closing
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.chaos.plan import Life, Plan, Weather, Wish
from tests.chaos.points import provocation
from tests.chaos.world import Home, Worker, Workers
from tests.support.sandbox_process import SandboxProcess

_SEATS = 2  # workers of one user at a time, on the same folder
_LOOK_EVERY_S = 0.01
_TRIES, _MISSES = 3, 6
_STUCK_S = 120.0
_FINAL = ("OutcomeUnknown", "ResultGone")
_STAND_IN = "after SUBMITTED"
SANDBOX = "the sandbox itself"


@dataclass
class Story:
    """What has happened so far."""

    kills: Counter[str] = field(default_factory=Counter)
    told: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The last that the wisher was told, by the wish's id."""
    asked: dict[str, tuple[str, Wish]] = field(default_factory=dict)
    """Every wish, with its user's name, by its id."""
    interrupted: set[tuple[str, int]] = field(default_factory=set)
    """(body, attempt) of every Segmind submit that a killed worker or a killed sandbox left in doubt."""
    crashes: list[str] = field(default_factory=list)

    def heard(self, process: Worker) -> list[dict[str, Any]]:
        """Take down what an ended worker has said, and return it."""
        lines = process.lines()
        for line in lines:
            if "wish" in line:
                self.told[line["wish"]] = line
            if "crash" in line:
                self.crashes.append(line["crash"])
        crash = process.crash()
        if crash:
            self.crashes.append(crash)
        return lines


@dataclass
class _Seat:
    """A worker's place, and what was given to the one who sits there."""

    process: Worker | None = None
    life: Life = field(default_factory=Life)
    wishes: list[Wish] = field(default_factory=list)
    since: float = 0.0


class Crowd:
    """One user in the storm: the queue of wishes, the lives to come, and two seats."""

    def __init__(self, home: Home, plan: Plan, story: Story, nursery: Workers, sandbox: SandboxProcess) -> None:
        self.home, self._plan, self._story, self._nursery, self._sandbox = home, plan, story, nursery, sandbox
        name = home.user.name
        self._queue, self._lives = deque(plan.wishes[name]), deque(plan.lives[name])
        self._more = plan.more_wishes(home.user)
        self._seats = [_Seat() for _ in range(_SEATS)]
        self._tries: Counter[str] = Counter()
        self._missed: Counter[str] = Counter()
        self._ended, self._losses = 0, deque(plan.forgets_after[name])

    @property
    def busy(self) -> bool:
        return bool(self._queue or self._lives or any(seat.process for seat in self._seats))

    def step(self) -> None:
        """See who has ended, and put new ones in their places."""
        for seat in self._seats:
            if seat.process and (not seat.process.alive or time.monotonic() - seat.since > _STUCK_S):
                self._end(seat)
        if self._losses and self._ended >= self._losses[0]:  # nobody may be at work while the journal goes
            if all(seat.process is None for seat in self._seats):
                self.home.lose_journal()
                self._losses.popleft()
            return
        for seat in self._seats:
            if seat.process is None and (self._queue or self._lives):
                self._begin(seat)

    def stop(self) -> None:
        for seat in self._seats:
            if seat.process:
                seat.process.kill()

    def _begin(self, seat: _Seat) -> None:
        seat.life = self._lives.popleft() if self._lives else Life()
        while len(self._queue) < (_SEATS if seat.life.point else 0):
            self._queue.append(next(self._more))
        count = min(self._plan.at_a_time, -(-len(self._queue) // _SEATS))
        seat.wishes = [self._queue.popleft() for _ in range(count)]
        for wish in seat.wishes:
            self._story.asked[wish.id] = (self.home.user.name, wish)
        if faults := provocation(seat.life.point):
            self._sandbox.plan(*faults)
        seat.process = self.home.start(self._nursery, self._sandbox, seat.wishes, **asdict(seat.life))
        seat.since = time.monotonic()

    def _end(self, seat: _Seat) -> None:
        process, life = seat.process, seat.life
        assert process is not None
        if process.alive:
            self._story.crashes.append(f"a worker of {self.home.user.name} did not end: {process.log}")
            process.kill()
        lines = self._story.heard(process)
        if any(line.get("died_at") for line in lines):
            self._story.kills[life.point] += 1
            self.remember_doubts()
        elif life.point:
            self._lives.append(self._next_try(life))
        told = {line["wish"]: line for line in lines if "wish" in line}
        for wish in reversed(seat.wishes):
            self._again(wish, told.get(wish.id))
        self._ended += 1
        seat.process = None

    def _next_try(self, life: Life) -> Life:
        """For a death that did not come, because its point was not passed so often, or not at all."""
        self._missed[life.point] += 1
        return Life(point=life.point if self._missed[life.point] % _MISSES else _STAND_IN, nth=1)

    def _again(self, wish: Wish, line: dict[str, Any] | None) -> None:
        """Whoever was told nothing, or of something that passes, queues again."""
        passing = line is not None and ("crash" in line or line.get("error", _FINAL[0]) not in _FINAL)
        self._tries[wish.id] += passing
        if line is None or (passing and self._tries[wish.id] <= _TRIES):
            self._queue.appendleft(wish)

    def remember_doubts(self) -> None:
        """Which paid calls to Segmind may now be in doubt, as the journal has them."""
        if self.home.user.service != "Segmind" or not self.home.journal.exists():
            return
        with closing(sqlite3.connect(f"file:{self.home.journal}?mode=ro", uri=True)) as journal:
            rows = journal.execute("SELECT body, attempt FROM jobs WHERE stage IN ('SENDING', 'UNKNOWN') AND body IS NOT NULL")
            self._story.interrupted.update((bytes(body).decode(), attempt) for body, attempt in rows)


def rage(plan: Plan, homes: list[Home], nursery: Workers, sandbox: SandboxProcess) -> Story:
    """All of the plan, until every wish was told something and every kill was made."""
    story = Story()
    crowds = [Crowd(home, plan, story, nursery, sandbox) for home in homes]
    weathers = deque(plan.weathers)
    sandbox.settings(**plan.first_settings)
    try:
        while any(crowd.busy for crowd in crowds) or weathers:
            if weathers and len(story.told) >= (len(plan.weathers) - len(weathers)) * plan.jobs // len(plan.weathers):
                _change(weathers.popleft(), crowds, story, sandbox)
            for crowd in crowds:
                crowd.step()
            time.sleep(_LOOK_EVERY_S)
    finally:
        for crowd in crowds:
            crowd.stop()
    return story


def _change(weather: Weather, crowds: list[Crowd], story: Story, sandbox: SandboxProcess) -> None:
    sandbox.clear_faults()
    sandbox.settings(**weather.settings)
    if weather.faults:
        sandbox.plan(*weather.faults)
    if weather.sandbox_dies:
        for crowd in crowds:
            crowd.remember_doubts()
        sandbox.kill()
        sandbox.start()
        story.kills[SANDBOX] += 1
        for crowd in crowds:
            crowd.remember_doubts()
