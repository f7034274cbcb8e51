"""What must come of a clip, as it was drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from tests.media.torture.recipe import Recipe

ENCODED, PACKED, ORIGINAL = "Encoded once to H.264", "Packed anew without touching the picture", "The original file goes up, byte for byte"


@dataclass(frozen=True, kw_only=True)
class Heard:
    """Sound from `start_s` to `end_s` of the film, whose first moment is `zero_s` of the recipe's clock; nothing elsewhere."""

    channels: int
    start_s: float
    end_s: float
    zero_s: float
    sample_rates: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Truth:
    """Frame `numbers[i]` of the recipe is shown from `times_s[i]` to the next, the last to `end_s`, all counted from the film's first
    moment; `rate` is the result's. `size` is the upright picture's, before it is made even."""

    numbers: tuple[int, ...]
    times_s: tuple[Fraction, ...]
    end_s: Fraction
    rate: Fraction
    constant: bool
    size: tuple[int, int]
    interlaced: bool
    heard: Heard | None
    alpha: bool
    grey: bool
    colour_off: float


def truth_of(
    recipe: Recipe,
    *,
    rate: Fraction | None = None,
    shown: Sequence[int] | None = None,
    zero_s: Fraction | None = None,
    heard_from_s: float | None = None,
    last_s: Fraction | None = None,
    until_s: float | None = None,
    rates: tuple[int, ...] = (),
    colour_off: float = 6.0,
) -> Truth:
    """The truth about `recipe`, of which the frames `shown` (all) are to be seen, from `zero_s` on its own clock; the last frame is shown
    for `last_s`. Its sound comes from `heard_from_s` (default: the same moment) of that clock on, and is cut at `until_s` of the film."""
    times = recipe.times_s
    shown = range(len(times)) if shown is None else shown
    zero_s = times[shown[0]] if zero_s is None else zero_s
    rate = rate or recipe.rate
    period = 1 / rate if last_s is None else last_s
    times_s = tuple(times[index] - zero_s for index in shown) if recipe.times else tuple(place / rate for place in range(len(shown)))
    end_s = times_s[-1] + period
    heard_from_s = float(zero_s) if heard_from_s is None else heard_from_s
    said = recipe.voice
    heard = None
    if said is not None:
        own = said.rate if said.rate in (44100, 48000) else 48000
        heard = Heard(
            channels=said.channels,
            start_s=max(0.0, said.start_s - heard_from_s),
            end_s=min(said.end_s - heard_from_s, until_s if until_s is not None else 1e9),
            zero_s=heard_from_s,
            sample_rates=rates or (said.rate, own),
        )
    return Truth(
        numbers=tuple(recipe.first + index for index in shown),
        times_s=times_s,
        end_s=end_s,
        rate=rate,
        constant=recipe.times is None,
        size=recipe.size,
        interlaced=recipe.look.fields is not None,
        heard=heard,
        alpha="a" in recipe.look.pixel_format.replace("gray", "") and "pal" not in recipe.look.pixel_format,
        grey=recipe.look.pixel_format.startswith("gray"),
        colour_off=colour_off,
    )
