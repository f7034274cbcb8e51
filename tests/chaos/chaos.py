"""One run from the seed to the figures."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lipsync import clock
from tests.chaos.books import Findings, compare
from tests.chaos.plan import Plan
from tests.chaos.settling import settle
from tests.chaos.storm import Story, rage
from tests.chaos.world import Home, Workers
from tests.support.sandbox_process import SandboxProcess

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came of a run."""

    plan: Plan
    story: Story
    findings: Findings
    seconds: float

    def figures(self) -> dict[str, int | float]:
        """The last line."""
        found = self.findings
        return {
            "jobs": len(self.story.asked),
            "kills": self.story.kills.total(),
            "duplicates": len(found.duplicates),
            "lost": len(found.lost),
            "unknown_told": len(found.unknown_told),
            "unknown_due": found.unknown_due,
            "orphan_files": len(found.orphan_files),
            "seconds": round(self.seconds, 1),
        }

    def wrong(self) -> list[str]:
        """One line for everything that must not be."""
        found, story = self.findings, self.story
        return [
            *[f"bought twice: {line}" for line in found.duplicates],
            *[f"lost: {line}" for line in found.lost],
            *[f"told as not knowable, though it is: {line}" for line in found.undue],
            *[f"belongs to nobody: {line}" for line in found.orphan_files],
            *[f"crashed: {line}" for line in story.crashes],
            *([f"only {len(story.asked)} of {self.plan.jobs} jobs"] if len(story.asked) < self.plan.jobs else []),
            *([f"only {story.kills.total()} of {self.plan.kills} kills"] if story.kills.total() < self.plan.kills else []),
        ]


def run(plan: Plan, folder: Path, nursery: Workers, *, say: Say, bug: str = "") -> Result:
    """Do what `plan` says in `folder`. `bug` is planted into every worker."""
    began = time.monotonic()
    with SandboxProcess(folder / "sandbox", environment={clock.VARIABLE: nursery.clock_settings}) as sandbox:
        homes = [Home(folder, user, bug=bug) for user in plan.mix.users]
        say(f"Storm: {plan.jobs} jobs of {len(homes)} users, two workers each, and {plan.kills} kills.")
        story = rage(plan, homes, nursery, sandbox)
        say(f"Settling, after {time.monotonic() - began:.0f} s: no more faults; whoever has no film asks again.")
        settle(homes, story, nursery, sandbox)
        say("Comparing the ledger, the journals and the files.")
        findings = compare(homes, story, sandbox)
    return Result(plan=plan, story=story, findings=findings, seconds=time.monotonic() - began)
