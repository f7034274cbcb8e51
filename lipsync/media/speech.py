"""Speech made ready to go up: the original bytes where the service takes them, else the same packets without tags, else WAV or MP3."""

from __future__ import annotations

from pathlib import Path

import av

from ..catalogue import ServiceFacts
from ..errors.media import NotReadable, Silent, UploadTooLarge
from .audio import LAYOUTS, SERVICE_RATES, Track, at_rate, frames_of
from .delivery import Digest, made, original, passing_file
from .prepared import Facts, Prepared
from .probe import Probe, Sound, probe
from .sources import AudioFile, Samples, SoundOfVideo
from .streams import is_flush, opened, packets
from .survey import open_speech, sound_of, speech_name
from .wav import MAX_BYTES, write_wav
from .wholeness import riff_chunks, riff_tells_its_length
from .work import Progress, Stop, Work

_TYPES: dict[str, tuple[str, tuple[str, ...]]] = {
    "wav": ("audio/wav", ("pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_u8")),
    "mp3": ("audio/mpeg", ("mp3",)),
    "ogg": ("audio/ogg", ("vorbis", "opus", "flac")),
    "flac": ("audio/flac", ("flac",)),
}
"""What a sound file is by its content, and the codecs in it that every decoder knows."""

_SOUND_CHUNKS = {"fmt ", "data", "fact", "PEAK", "LIST", "JUNK"}
_MP3_BITS = 192_000


def prepare_speech(
    source: AudioFile | SoundOfVideo | Samples,
    *,
    limits: ServiceFacts,
    folder: Path,
    progress: Progress,
    cancelled: Stop,
    digest: Digest | None = None,
) -> Prepared:
    """Make `source` ready for the service whose `limits` are given, with the promises of `prepare_video`."""
    if isinstance(source, AudioFile):
        ready = _as_it_is(source.path, limits, folder, progress, cancelled, digest)
        if ready is not None:
            return ready
    track, duration_s = open_speech(source)
    wav = "audio/wav" in limits.audio_types
    changes = _changes(source, track, wav)
    if not wav:
        track = at_rate(track, track.sample_rate, channels=min(track.channels, 2))
    if track.sample_rate not in SERVICE_RATES:
        track = at_rate(track, SERVICE_RATES[-1])
    work = Work("Preparing the speech", round(duration_s * track.sample_rate), progress=progress, cancelled=cancelled)
    with passing_file(folder, ".wav" if wav else ".mp3") as path:
        count = write_wav(track, path, work.done) if wav else _write_mp3(track, path, work)
        if not count:
            raise Silent(speech_name(source))
        if path.stat().st_size > MAX_BYTES:
            raise UploadTooLarge(speech_name(source), size_bytes=path.stat().st_size, limit_bytes=MAX_BYTES, service="a WAV file")
        facts = Facts(kind="audio", duration_s=count / track.sample_rate, has_sound=True)
        note = f"The speech goes up as {'16-bit WAV' if wav else 'MP3'}{', '.join(('', *changes))}."
        return made(
            path,
            what=speech_name(source),
            kind="audio",
            content_type="audio/wav" if wav else "audio/mpeg",
            facts=facts,
            note=note,
            limits=limits,
            cancelled=cancelled,
        )


def _as_it_is(
    path: Path, limits: ServiceFacts, folder: Path, progress: Progress, cancelled: Stop, digest: Digest | None
) -> Prepared | None:
    """The file's own bytes or its own packets, if the service takes this kind."""
    found = probe(path, cancelled)
    sound = sound_of(found)
    if not _taken(found, limits):
        return None
    content_type, _ = _TYPES[found.container]
    facts = Facts(kind="audio", duration_s=sound.end_s - sound.start_s, has_sound=True)
    reasons = _untidy(found)
    note = _note_as_it_is(reasons)
    if not reasons:
        return original(
            path, kind="audio", content_type=content_type, facts=facts, note=note, limits=limits, cancelled=cancelled, digest=digest
        )
    work = Work("Packing the speech", 1, progress=progress, cancelled=cancelled)
    with passing_file(folder, f".{found.container}") as target:
        _copy(path, sound, target, found.container, work)
        return made(
            target,
            what=path.name,
            kind="audio",
            content_type=content_type,
            facts=facts,
            note=note,
            limits=limits,
            cancelled=cancelled,
        )


def speech_note(source: AudioFile | SoundOfVideo | Samples, limits: ServiceFacts) -> str:
    """What `prepare_speech` will do to `source`, in one line and without doing it. Raises MediaRefused."""
    if isinstance(source, AudioFile):
        found = probe(source.path)
        if _taken(found, limits):
            return _note_as_it_is(_untidy(found))
    return f"The speech goes up as {'16-bit WAV' if 'audio/wav' in limits.audio_types else 'MP3'}."


def _taken(found: Probe, limits: ServiceFacts) -> bool:
    """Whether the service takes this kind of sound as it is."""
    content_type, codecs = _TYPES.get(found.container, ("", ()))
    return content_type in limits.audio_types and sound_of(found).codec in codecs and found.picture is None


def _note_as_it_is(reasons: tuple[str, ...]) -> str:
    if not reasons:
        return "The original sound goes up, byte for byte."
    return f"The sound is packed anew without touching it: {', '.join(reasons)}."


def _untidy(found: Probe) -> tuple[str, ...]:
    wav = found.container == "wav"
    said = {
        "its tags stay here": bool(found.private_tags) or (wav and not riff_chunks(found.path) <= _SOUND_CHUNKS),
        "it has other streams, such as a cover": bool(found.other_streams),
        "its header does not tell its true length": wav and not riff_tells_its_length(found.path),
    }
    return tuple(reason for reason, holds in said.items() if holds)


def _copy(path: Path, sound: Sound, target: Path, container: str, work: Work) -> None:
    with opened(path) as source, av.open(str(target), "w", format=container, options={"fflags": "+bitexact"}) as output:
        stream = source.streams[sound.index]
        copy = output.add_stream_from_template(stream, opaque=True)
        for packet in packets(source, path.name, stream):
            work.look()
            if not is_flush(packet):
                packet.stream = copy
                try:
                    output.mux_one(packet)
                except ValueError:  # libav's "invalid"
                    raise NotReadable(path.name, "is damaged: it cannot be packed anew") from None


def _write_mp3(track: Track, path: Path, work: Work) -> int:
    count = 0
    with av.open(str(path), "w", format="mp3", options={"fflags": "+bitexact"}) as output:
        stream = output.add_stream("libmp3lame", rate=track.sample_rate, layout=LAYOUTS[track.channels])
        stream.bit_rate = _MP3_BITS
        for frame in frames_of(track):
            output.mux(stream.encode(frame))
            count += frame.samples
            work.done(count)
        output.mux(stream.encode(None))
    return count


def _changes(source: AudioFile | SoundOfVideo | Samples, track: Track, wav: bool) -> tuple[str, ...]:
    said = {
        f"{track.channels} channels mixed to 2": not wav and track.channels > 2,
        f"{track.sample_rate} Hz made {SERVICE_RATES[-1]}": track.sample_rate not in SERVICE_RATES,
        "samples beyond -1 to 1 clipped": isinstance(source, Samples) and bool(source.waveform.abs().max() > 1.0),
    }
    return tuple(change for change, happened in said.items() if happened)
