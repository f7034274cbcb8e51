"""Judges of films. Each says what is spoilt, in words; an empty list is a right film. They measure, and believe no tag."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

import numpy as np

from tests.media.torture.films import Film
from tests.media.torture.planes import HALF
from tests.media.torture.recipe import SECRETS
from tests.media.torture.scene import DISC, PATCHES, bar_place, read
from tests.media.torture.truth import Heard, Truth
from tests.media.torture.voice import voice

Complaints = Iterable[str]
Judge = Callable[[Film, Truth], Complaints]

_BT709_LUMA = (0.2126, 0.7152, 0.0722)
_LATE_S = 0.005
_HELD_S = 0.6  # how long a last frame of a varying rate is shown is not always told
_ENDS_WITHIN_S = 0.045  # two packets of AAC at 48 kHz
_LIKE = 0.75  # libav's own encoder of Vorbis is not better


def judge(film: Film, truth: Truth, *judges: Judge) -> list[str]:
    """What `judges` (default: all) say of `film`."""
    return [complaint for each in judges or ALL for complaint in each(film, truth)]


def frames_in_time(film: Film, truth: Truth) -> Complaints:
    """Frames lie on a grid without a gap, and each shows what the clip shows then, within half a frame; none of a constant rate is
    shown twice or left out."""
    count, last = round(truth.end_s * truth.rate), round(truth.times_s[-1] * truth.rate)
    if len(film.images) != count if truth.constant else not last <= len(film.images) <= count + _HELD_S * truth.rate:
        yield f"{len(film.images)} frames, not {count}"
    for index, time_s in enumerate(film.times_s):
        if abs(time_s - index / truth.rate) > Fraction(1, 20000):
            yield f"frame {index} is shown at {float(time_s):.4f} s, not {float(index / truth.rate):.4f}"
            break
    numbers = [read(image).number for image in film.images]
    if truth.constant:
        if tuple(numbers) != truth.numbers:
            yield f"frames {numbers}, not {list(truth.numbers)}"
        return
    half = Fraction(1, 2) / truth.rate
    ends = (*truth.times_s[1:], truth.end_s + 1)
    for index, number in enumerate(numbers):
        here = index / truth.rate
        right = [n for n, start, end in zip(truth.numbers, truth.times_s, ends, strict=True) if start <= here + half and end >= here - half]
        if number not in right:
            yield f"at {float(here):.3f} s frame {number} is shown, not {right}"


def colours_true(film: Film, truth: Truth) -> Complaints:
    reading = read(film.images[len(film.images) // 2])
    expected = np.array(PATCHES, np.float64)
    if truth.grey:
        expected = (expected @ _BT709_LUMA)[..., None].repeat(3, axis=-1)
    off = np.abs(reading.patches - expected).max(axis=2)
    for (row, column), worst in np.ndenumerate(off):
        if worst > truth.colour_off:
            yield f"colour {PATCHES[row][column]} became {np.rint(reading.patches[row, column]).astype(int).tolist()}"


def upright_and_square(film: Film, truth: Truth) -> Complaints:
    width, height = (side + side % 2 for side in truth.size)
    shape = film.images[0].shape[1::-1]
    if shape not in ((width, height), truth.size):
        yield f"its size is {shape}, not {(width, height)}"
        return
    reading = read(film.images[0][: truth.size[1], : truth.size[0]])
    if not reading.mark_left:
        yield "the mark does not stand at the lower left"
    half_seen = truth.alpha and film.alpha is None
    if not half_seen and (abs(reading.disc_width - reading.disc_height) > 3 or abs(reading.disc_height - 0.4 * truth.size[1]) > 3):
        yield f"the disc is {reading.disc_width:g} wide and {reading.disc_height:g} high, not {0.4 * truth.size[1]:.0f}"
    place = bar_place(2 * reading.number)
    if abs(reading.bar_even - place) > 0.02:
        yield f"the moving bar stands at {reading.bar_even:.3f}, not {place:.3f}"


def edges_repeated(film: Film, truth: Truth) -> Complaints:
    width, height = truth.size
    image = film.images[0].astype(int)
    if image.shape[1] > width and np.abs(image[:, width] - image[:, width - 1]).mean() > 3:
        yield "the added column is not its neighbour"
    if image.shape[0] > height and np.abs(image[height] - image[height - 1]).mean() > 3:
        yield "the added row is not its neighbour"


def alpha_kept(film: Film, truth: Truth) -> Complaints:
    """In a film, what is half transparent is half as bright; in arrays, it keeps its colours and its alpha is told."""
    if not truth.alpha:
        if film.alpha is not None and film.alpha.min() < 252:
            yield "it has alpha, and the clip has none"
        return
    y, x = round(0.55 * truth.size[1]), round(0.25 * truth.size[0])
    shown = float(film.images[1][y, x].mean())
    wanted = DISC[0] if film.alpha is not None else DISC[0] * HALF / 255
    if abs(shown - wanted) > 6:
        yield f"what is half transparent shows {shown:.0f}, not {wanted:.0f}"
    if film.alpha is not None and (abs(int(film.alpha[1, y, x]) - HALF) > 3 or film.alpha[1, 2, 2] < 252):
        yield f"its alpha is {film.alpha[1, y, x]} and {film.alpha[1, 2, 2]}"


def fields_apart(film: Film, truth: Truth) -> Complaints:
    """Where the bar moves within a frame, the film shows the first field's moment in all rows."""
    if not truth.interlaced:
        return
    for index, image in enumerate(film.images[1:-1], start=1):
        reading, place = read(image), bar_place(2 * truth.numbers[index])
        if abs(reading.bar_even - reading.bar_odd) > 0.01:
            yield f"frame {index} is combed: {reading.bar_even:.3f} and {reading.bar_odd:.3f}"
        elif abs(reading.bar_even - place) > 0.012:
            yield f"frame {index} shows the moment of the other field: {reading.bar_even:.3f}, not {place:.3f}"


def sound_in_place(film: Film, truth: Truth) -> Complaints:
    heard = truth.heard
    if heard is None or film.samples is None:
        if film.samples is not None and np.abs(film.samples).max() > 0.001:
            yield "it has sound, and the clip has none"
        if heard is not None:
            yield "its sound is gone"
        return
    samples, rate = film.samples, film.sample_rate
    if rate not in heard.sample_rates:
        yield f"its sound has {rate} samples a second"
    if len(samples) != heard.channels:
        yield f"its sound has {len(samples)} channels, not {heard.channels}"
        return
    for channel, late_s, likeness in _located(film, heard):
        if likeness < _LIKE:
            yield f"channel {channel} is not what was said ({likeness:.2f})"
        elif abs(late_s) > _LATE_S:
            yield f"channel {channel} is {late_s * 1000:.0f} ms late"
    loud = np.flatnonzero(np.abs(samples).max(axis=0) > 0.02)
    if not len(loud):
        return
    starts_s, ends_s = (film.sound_at_s + loud[at] / rate for at in (0, -1))
    if abs(starts_s - heard.start_s) > _ENDS_WITHIN_S:
        yield f"its sound begins at {starts_s:.3f} s, not {heard.start_s:.3f}"
    if abs(ends_s - heard.end_s) > _ENDS_WITHIN_S:
        yield f"its sound ends at {ends_s:.3f} s, not {heard.end_s:.3f}"


def _located(film: Film, heard: Heard) -> Iterable[tuple[int, float, float]]:
    """Channel, how late its sound is, and how like what was said it is (0 to 1)."""
    assert film.samples is not None
    rate = film.sample_rate
    times_s = heard.zero_s + heard.start_s + np.arange(round((heard.end_s - heard.start_s) * rate)) / rate
    wanted = voice(times_s, heard.channels)
    spare = round(0.5 * rate)
    length = 1 << int(len(wanted[0]) + film.samples.shape[1] + 2 * spare).bit_length()
    begins = round((heard.start_s - film.sound_at_s) * rate)
    for channel, (said, sounds) in enumerate(zip(wanted, film.samples, strict=True)):
        match = np.fft.irfft(np.fft.rfft(sounds, length) * np.conj(np.fft.rfft(said, length)), length)
        lag = int(np.argmax(match))
        lag = lag - length if lag > length // 2 else lag
        found = sounds[max(0, lag) : lag + len(said)]
        scale = float(np.linalg.norm(said[: len(found)]) * np.linalg.norm(found)) or 1.0
        yield channel, (lag - begins) / rate, float(match.max()) / scale


ALL: tuple[Judge, ...] = (frames_in_time, colours_true, upright_and_square, edges_repeated, alpha_kept, fields_apart, sound_in_place)


def secrets_in(content: bytes) -> list[str]:
    """What of the planted texts still stands in a file."""
    return [secret.decode() for secret in SECRETS if secret in content]
