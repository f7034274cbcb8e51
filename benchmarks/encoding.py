"""Frames to file: beside ComfyUI."""

from __future__ import annotations

from .bench import Bench, say
from .figures import MB, in_turn, tries, worse_of
from .noise import Shape


def encoding(bench: Bench) -> dict[str, float]:
    return worse_of([_of(shape, bench) for shape in bench.scale.shapes])


def _of(shape: Shape, bench: Bench) -> dict[str, float]:
    work = bench.subject.work
    films = {side: bench.folder / f"{side}.mp4" for side in ("core", "ours")}
    runs = in_turn(
        bench.scale.rounds,
        {
            "core": lambda: work("pictures.encode", "core", films["core"], *shape.numbers),
            "ours": lambda: work("pictures.encode", "ours", films["ours"], *shape.numbers),
        },
    )
    times = {side: tries(runs[side], "took_s") for side in films}
    extra = {side: tries(runs[side], "extra_bytes", per=MB) for side in films}
    luma = {side: work("pictures.luma", film, *shape.numbers) for side, film in films.items()}
    sizes = {side: film.stat().st_size for side, film in films.items()}
    say(f"Encoding {shape}: " + ", ".join(f"{side} {each} s" for side, each in times.items()))
    say(f"  round by round {times['core'].over(times['ours'])} times as fast as core")
    for side in films:
        shown, meant = luma[side]["shown_db"], luma[side]["meant_db"]
        say(f"  {side}: luma {shown:.2f} dB shown, {meant:.2f} dB meant; {sizes[side] / MB:.1f} MB; {extra[side]} MB of memory")
    return {
        "encode_speed_x": times["core"].median / times["ours"].median,
        "encode_psnr_gain_db": luma["ours"]["shown_db"] - luma["core"]["shown_db"],
        "encode_psnr_gain_meant_db": luma["ours"]["meant_db"] - luma["core"]["meant_db"],
        "encode_size_x": sizes["ours"] / sizes["core"],
        "encode_extra_mb": extra["ours"].median,
    }
