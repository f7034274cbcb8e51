"""File to frames: beside ComfyUI, and beside what the machine can do at best."""

from __future__ import annotations

import time
from typing import Any

from .bench import Bench, say
from .figures import MB, Tries, in_turn, tries, worse_of
from .measured import NoMeasurement
from .noise import FRAME_RATE, Shape, draw

_ALLOWED_X = 1.05


def decoding(bench: Bench) -> dict[str, float]:
    return worse_of([_of(shape, bench) for shape in bench.scale.shapes])


def _of(shape: Shape, bench: Bench) -> dict[str, float]:
    film = bench.folder / "film.mp4"
    draw(film, shape)

    def work(*task: object) -> dict[str, Any]:
        time.sleep(bench.scale.rest_s)
        return bench.subject.work(*task)

    runs = in_turn(
        bench.scale.rounds,
        {
            "core": lambda: work("pictures.decode", "core", film),
            "ours": lambda: work("pictures.decode", "ours", film),
            "decoder alone": lambda: work("pictures.decoder_alone", film),
            "first touch": lambda: work("pictures.first_touch", *shape.numbers),
        },
    )
    for side in ("core", "ours"):
        if wrong := [run["shape"] for run in runs[side] if run["shape"] != [shape.count, shape.height, shape.width, 3]]:
            raise NoMeasurement(f"{side} decoded {shape} to {wrong[0]}")
    times = {name: tries(each, "took_s") for name, each in runs.items()}
    memory = {side: tries(runs[side], "extra_bytes", per=shape.tensor_bytes) for side in ("core", "ours")}
    ceiling = Tries(tuple(map(sum, zip(times["decoder alone"].values, times["first touch"].values, strict=True))))
    say(
        f"Decoding {shape}, {film.stat().st_size * 8 / MB / float(shape.count / FRAME_RATE):.0f} Mbit/s: "
        + ", ".join(f"{name} {each} s" for name, each in times.items())
    )
    say(f"  round by round {times['core'].over(times['ours'])} times as fast as core, {times['ours'].over(ceiling)} of the ceilings")
    say("  memory over the tensor: " + ", ".join(f"{side} {each}" for side, each in memory.items()))
    return {
        "decode_speed_x": times["core"].median / times["ours"].median,
        "decode_memory_x": memory["ours"].median,
        "decode_extra_mb": (memory["ours"].median - _ALLOWED_X) * shape.tensor_bytes / MB,
        "decode_over_ceiling": times["ours"].median / ceiling.median,
    }
