"""File to frames: beside ComfyUI, and beside what the machine can do at best."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from .figures import MB, Tries
from .noise import Shape, draw
from .subject import NoMeasurement, Subject

_ALLOWED_X = 1.05


def decoding(subject: Subject, folder: Path, shape: Shape, rounds: int, say: Callable[[str], None]) -> dict[str, float]:
    """The figures of one film."""
    film = folder / "film.mp4"
    draw(film, shape)
    runs: dict[str, list[dict[str, Any]]] = {"core": [], "ours": [], "decoder alone": [], "first touch": []}
    for _ in range(rounds):  # in turn, so that what the machine does meanwhile strikes all alike
        for side in ("core", "ours"):
            runs[side].append(subject.work("decode", side, film))
            if runs[side][-1]["shape"] != [shape.count, shape.height, shape.width, 3]:
                raise NoMeasurement(f"{side} decoded {shape} to {runs[side][-1]['shape']}")
        runs["decoder alone"].append(subject.work("decoder_alone", film))
        runs["first touch"].append(subject.work("first_touch", shape.count, shape.width, shape.height))
    times = {name: Tries(tuple(run["took_s"] for run in each)) for name, each in runs.items()}
    memory = {side: Tries(tuple(run["extra_bytes"] / shape.tensor_bytes for run in runs[side])) for side in ("core", "ours")}
    ceiling = Tries(tuple(map(sum, zip(times["decoder alone"].values, times["first touch"].values, strict=True))))
    megabits = film.stat().st_size * 8 / (shape.count / 25) / MB
    say(f"Decoding {shape}, {megabits:.0f} Mbit/s: " + ", ".join(f"{name} {tries} s" for name, tries in times.items()))
    say(f"  speed round by round {times['core'].over(times['ours'])} x core, time {times['ours'].over(ceiling)} of the ceilings")
    say("  memory over the tensor: " + ", ".join(f"{side} {tries} x" for side, tries in memory.items()))
    return {
        "decode_speed_x": times["core"].median / times["ours"].median,
        "decode_memory_x": memory["ours"].median,
        "decode_extra_mb": (memory["ours"].median - _ALLOWED_X) * shape.tensor_bytes / MB,
        "decode_over_ceiling": times["ours"].median / (times["decoder alone"].median + times["first touch"].median),
    }
