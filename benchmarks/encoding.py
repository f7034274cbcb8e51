"""Frames to file: beside ComfyUI."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from .figures import MB, Tries
from .noise import Shape
from .subject import Subject


def encoding(subject: Subject, folder: Path, shape: Shape, rounds: int, say: Callable[[str], None]) -> dict[str, float]:
    """The figures of one tensor."""
    films = {side: folder / f"{side}.mp4" for side in ("core", "ours")}
    size = (shape.count, shape.width, shape.height)
    runs: dict[str, list[dict[str, Any]]] = {side: [] for side in films}
    for _ in range(rounds):  # in turn, so that what the machine does meanwhile strikes both alike
        for side, film in films.items():
            runs[side].append(subject.work("encode", side, film, *size))
    times = {side: Tries(tuple(run["took_s"] for run in runs[side])) for side in films}
    extra = {side: Tries(tuple(run["extra_bytes"] / MB for run in runs[side])) for side in films}
    luma = {side: subject.work("luma", film, *size) for side, film in films.items()}
    sizes = {side: film.stat().st_size for side, film in films.items()}
    say(f"Encoding {shape}: " + ", ".join(f"{side} {tries} s" for side, tries in times.items()))
    say(f"  speed round by round {times['core'].over(times['ours'])} x core")
    for side in films:
        shown, meant = luma[side]["shown_db"], luma[side]["meant_db"]
        say(f"  {side}: luma {shown:.2f} dB shown, {meant:.2f} dB meant, {sizes[side] / MB:.1f} MB, {extra[side]} MB of memory")
    return {
        "encode_speed_x": times["core"].median / times["ours"].median,
        "encode_psnr_gain_db": luma["ours"]["shown_db"] - luma["core"]["shown_db"],
        "encode_psnr_gain_meant_db": luma["ours"]["meant_db"] - luma["core"]["meant_db"],
        "encode_size_x": sizes["ours"] / sizes["core"],
        "encode_extra_mb": extra["ours"].median,
    }
