"""The three books are really read: what is spoiled after a calm run is found."""

from __future__ import annotations

from pathlib import Path

from lipsync import clock
from tests.chaos.books import compare
from tests.chaos.plan import draw
from tests.chaos.settling import settle
from tests.chaos.storm import rage
from tests.chaos.test_bugs import SEGMIND, SYNC, mix
from tests.chaos.world import Home, Workers
from tests.support.sandbox_process import SandboxProcess


def test_what_is_spoiled_is_found(nursery: Workers, tmp_path: Path) -> None:
    plan = draw(1, jobs=6, kills=0, mix=mix(SYNC + SEGMIND))
    with SandboxProcess(tmp_path / "sandbox", environment={clock.VARIABLE: nursery.clock_settings}) as sandbox:
        homes = [Home(tmp_path, user) for user in plan.mix.users]
        story = rage(plan, homes, nursery, sandbox)
        settle(homes, story, nursery, sandbox)
        clean = compare(homes, story, sandbox)
        assert (clean.duplicates, clean.lost, clean.unknown_told, clean.orphan_files) == ([], [], [], [])
        for home in homes:
            next(home.output.rglob("*.mp4")).unlink()
            for folder in (home.output, home.temp, home.state):
                (folder / "nobody.part").touch()
        spoiled = compare(homes, story, sandbox)
        assert sorted(line.partition("/")[0] for line in spoiled.lost) == ["segmind", "sync"]
        assert len(spoiled.orphan_files) == 6
        for home in homes:
            home.lose_journal()
        settle(homes, story, nursery, sandbox)
        assert [line.partition(" ")[0].partition("/")[0] for line in compare(homes, story, sandbox).duplicates] == ["segmind"] * 3
