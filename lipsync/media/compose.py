"""Part of a video file as a new film: its picture encoded or copied, and its sound, or another, where it belongs."""

from __future__ import annotations

from .audio import check_samples, file_track, samples_track
from .matte import Matte
from .mux import Film
from .playback import Excerpt, played
from .probe import Picture, Probe
from .sources import Samples
from .upright import Form
from .verdict import sound_can_be_copied
from .work import Work

NEW_SOUND = "The sound"


def write_film(
    film: Film,
    found: Probe,
    picture: Picture,
    part: Excerpt,
    *,
    encode: bool,
    work: Work,
    new_sound: Samples | None = None,
    matte: Matte | None = None,
) -> None:
    """Write `part` of the file that was `found` into `film`, with `new_sound` (cut to the picture's length) in place of its own, and
    with `matte` as the alpha of what is encoded in a format that has one.

    Only a whole picture can be copied (`encode` is false). Raises MediaRefused and Cancelled.
    """
    if encode:
        alpha = film.film_format.with_alpha is not None and (picture.has_alpha or matte is not None)
        form = Form(pixel_format=film.film_format.encoding(alpha=alpha).pixels, alpha=alpha)
        pictures = played(found.path, picture, part, form)
        if matte is not None:
            pictures = matte.laid_over(pictures)
        film.encode_picture(pictures, size=picture.even_size, frame_rate=part.frame_rate, alpha=alpha)
    else:
        film.copy_picture(found.path, picture, zero_s=part.zero_s)
    if new_sound is not None:
        check_samples(NEW_SOUND, new_sound)
        length_s = part.duration_s if encode else picture.end_s - picture.start_s
        film.encode_sound(samples_track(new_sound, end_s=float(length_s)))
    else:
        _add_own_sound(film, found, picture, part)
    film.write(lambda time_s: work.done(round(time_s * float(part.frame_rate))))


def _add_own_sound(film: Film, found: Probe, picture: Picture, part: Excerpt) -> None:
    """Copied where it is whole and needs no shifting, else encoded once; decoded for editing."""
    sound, zero_s = found.sound, part.zero_s
    if sound is None:
        return
    untouched = part.end_s is None and zero_s == picture.start_s and sound_can_be_copied(sound, zero_s)
    if untouched and not film.film_format.for_editing:
        film.copy_sound(found.path, sound, zero_s=zero_s)
        return
    end_s = None if part.end_s is None else float(part.end_s)
    if sound.end_s > zero_s and (end_s is None or end_s > sound.start_s):
        film.encode_sound(file_track(found.path, sound, start_s=float(zero_s), end_s=end_s))
