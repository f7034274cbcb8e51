"""One run from the seed to the figures."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.fuzz.keeper import FULL, Bounds, Keeper, Told
from tests.fuzz.plan import case
from tests.fuzz.seeds import draw_seeds

Say = Callable[[str], None]
FINDINGS = ("crashes", "hangs", "over_memory", "not_sentences", "not_as_told", "leftovers")
_TELL_EVERY = 1000
_SLOW_S, _LARGE_BYTES = 3.0, 1_000_000_000  # worth a line, though nothing is wrong


@dataclass
class Result:
    """What came of a run. A file counts as accepted if anything could be made of it."""

    files: int = 0
    seconds: float = 0.0
    slowest_s: float = 0.0
    peak_bytes: int = 0
    found: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)

    def add(self, told: Told) -> None:
        self.files += 1
        self.slowest_s = max(self.slowest_s, told.seconds)
        self.peak_bytes = max(self.peak_bytes, told.peak_bytes)
        self.found.update({kind for kind, _ in told.wrong})
        best = next((outcome for outcome in ("accepted", "stopped", "refused") if outcome in told.outcomes), None)
        if best is not None:
            self.outcomes[best] += 1

    def figures(self) -> dict[str, int | float]:
        """The last line."""
        return {
            "files": self.files,
            "seconds": round(self.seconds, 1),
            **{kind: self.found[kind] for kind in FINDINGS},
            **{outcome: self.outcomes[outcome] for outcome in ("refused", "accepted", "stopped")},
            "slowest_s": round(self.slowest_s, 2),
            "peak_mb": round(self.peak_bytes / 1e6),
        }


def run(
    seed: int,
    lines: Iterator[str],
    folder: Path,
    *,
    findings: Path,
    workers: int,
    say: Say,
    bounds: Bounds = FULL,
    fault: str = "",
) -> Result:
    """Examine the files of `lines` (numbers of the plan of `seed`, or paths). What is found is kept in the folder `findings`."""
    began = time.monotonic()
    seeds = draw_seeds(folder / "seeds")
    result = Result()
    command = [str(folder / "seeds"), str(seed), *((fault,) if fault else ())]
    for told in Keeper(command, folder, workers=workers, bounds=bounds).examine(lines):
        result.add(told)
        if told.wrong:
            at = _keep(seed, told, seeds, findings)
            for kind, what in told.wrong:
                say(f"FOUND, {kind}, {at}: {what.strip().splitlines()[-1][:200]}")
        elif told.seconds > _SLOW_S or told.peak_bytes > _LARGE_BYTES:
            say(f"{told.line} took {told.seconds:.1f} s and {told.peak_bytes / 1e6:.0f} MB.")
        if result.files % _TELL_EVERY == 0:
            say(f"{result.files} files in {time.monotonic() - began:.0f} s.")
    result.seconds = time.monotonic() - began
    return result


def _keep(seed: int, told: Told, seeds: dict[str, bytes], findings: Path) -> Path:
    """The spoilt file, and beside it what was done to it and what was found."""
    findings.mkdir(parents=True, exist_ok=True)
    if not told.line.isdecimal():
        return Path(told.line)
    spoilt = case(seed, int(told.line), seeds)
    path = findings / f"{seed}-{told.line}-{spoilt.name}"
    path.write_bytes(spoilt.data)
    story = {"seed": seed, "number": spoilt.number, "of": spoilt.name, "done": spoilt.done, "seconds": told.seconds, "found": told.wrong}
    path.with_name(f"{path.name}.json").write_text(json.dumps(story, indent=1), encoding="utf-8")
    return path
