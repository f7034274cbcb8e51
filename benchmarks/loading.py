"""What the pack adds to ComfyUI's start."""

from __future__ import annotations

from .bench import Bench, say
from .figures import tries


def loading(bench: Bench) -> dict[str, float]:
    """The first process, which writes the bytecode, does not count."""
    runs = [bench.subject.work("pack.load", bench.new_folder(f"start-{number}")) for number in range(bench.scale.rounds + 1)][1:]
    times = tries(runs, "took_s", per=0.001)
    say(f"Loading {runs[0]['nodes']} nodes: {times} ms")
    return {"import_ms": times.median}
