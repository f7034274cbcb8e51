"""After the storm: the faults are gone, and everyone who has not got a film asks once more."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing

from tests.chaos.faults import CALM
from tests.chaos.plan import Wish
from tests.chaos.storm import Story
from tests.chaos.world import Home, Workers
from tests.support.sandbox_process import SandboxProcess

_ROUNDS = 3
_NEXT_MORNING_H = 7.0  # after every moment to which a clock has jumped, and before any idempotency key is too old
_STUCK_S = 240.0


def settle(homes: list[Home], story: Story, nursery: Workers, sandbox: SandboxProcess) -> None:
    """Let fresh workers finish by themselves what is paid for, then ask again for every wish without a film."""
    sandbox.clear_faults()
    sandbox.settings(**CALM)
    for home in homes:
        home.empty_temp()
    _all_live(homes, story, nursery, sandbox, asking=False)
    for _ in range(_ROUNDS):
        if not any(_without_film(home, story) for home in homes):
            return
        _all_live(homes, story, nursery, sandbox, asking=True)


def _all_live(homes: list[Home], story: Story, nursery: Workers, sandbox: SandboxProcess, *, asking: bool) -> None:
    """One worker of each user, from its start to its end."""
    wishes = {home.user.name: _without_film(home, story) if asking else [] for home in homes}
    lives = [
        home.start(nursery, sandbox, wishes[home.user.name], sees_through=True, clock_h_from_start=_NEXT_MORNING_H)
        for home in homes
        if wishes[home.user.name] or not asking
    ]
    give_up = time.monotonic() + _STUCK_S
    for life in lives:
        while life.alive:
            if time.monotonic() > give_up:
                story.crashes.append(f"a settling worker did not end: {life.log}")
                life.kill()
            time.sleep(0.02)
        story.heard(life)


def _without_film(home: Home, story: Story) -> list[Wish]:
    """The user's wishes of which the journal has no finished film: by the node that wished, which is the wish itself."""
    with closing(sqlite3.connect(home.journal)) as journal:
        done = {node_id for (node_id,) in journal.execute("SELECT node_id FROM jobs WHERE stage = 'DONE'")}
    return [wish for name, wish in story.asked.values() if name == home.user.name and wish.id not in done]
