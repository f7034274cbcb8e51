"""ComfyUI's VIDEO, IMAGE and AUDIO as the engine's sources."""

from __future__ import annotations

import io as bytes_io
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path

import torch

from ..lipsync.errors import InputRefused
from ..lipsync.media.rates import exact_rate
from ..lipsync.media.sources import Frames, Photo, Samples, SoundOfVideo, Speech, VideoFile, VideoSource
from ._comfy import Input, InputImpl, workspace
from ._lazy_video import LazyVideo

_MOST_IN_A_FILE = 2**31 - 1


class Sources:
    """Makes sources for one run of one node, and takes away the files that it had to make for that."""

    def __init__(self, node: str) -> None:
        self._node = node
        self._passing = ExitStack()

    def __enter__(self) -> Sources:
        return self

    def __exit__(self, *error: object) -> None:
        self._passing.close()

    def picture(self, video: object, frame_rate: float) -> VideoSource:
        """A VIDEO or an IMAGE. ComfyUI does not check what reaches a socket of several types. Raises InputRefused."""
        if isinstance(video, Input.Video):
            return self.video(video)
        if isinstance(video, torch.Tensor):
            return self._images(video, frame_rate)
        raise self._refused("video", _kind(video), "a VIDEO, or an IMAGE with a frame_rate")

    def video(self, video: Input.Video) -> VideoSource:
        """A VIDEO without decoding it: its file and trim, its tensors, or the link behind it."""
        if isinstance(video, LazyVideo):
            return video.reference
        if isinstance(video, InputImpl.VideoFromComponents):
            components = video.get_components()
            waveform, sample_rate = self._waveform(components.audio) if components.audio is not None else (None, None)
            self._check_not_empty(components.images)
            rate = _meant(Fraction(components.frame_rate))
            return Frames(images=components.images, frame_rate=rate, waveform=waveform, sample_rate=sample_rate)
        if isinstance(video, InputImpl.VideoFromFile):
            start_s, duration_s = video.get_active_trim_window()
            return VideoFile(path=self._on_disk(video.get_stream_source()), start_s=start_s, duration_s=duration_s)
        path = self._passing_file()
        video.save_to(str(path))  # a kind of VIDEO that some other pack has made: its own saving honours whatever it is
        return VideoFile(path=path)

    def film(self, video: Input.Video) -> VideoFile | Frames:
        """A VIDEO that is to be looked at here: one that is only a link is fetched. Raises LipsyncError."""
        source = self.video(video)
        return source if isinstance(source, VideoFile | Frames) else VideoFile(path=self._on_disk(video.get_stream_source()))

    def speech(self, audio: object, name: str = "") -> Speech | None:
        """An AUDIO or a SYNC_SPEECH; None where nothing is connected. Raises InputRefused."""
        if audio is None or isinstance(audio, Speech):
            return audio
        if not isinstance(audio, Mapping):
            raise self._refused("audio", _kind(audio), "an AUDIO or a SYNC_SPEECH")
        return Speech(source=self.samples(audio), name=name)

    def samples(self, audio: object) -> Samples:
        """An AUDIO, which may be any mapping: some packs make it decode on first use. Raises InputRefused."""
        waveform, sample_rate = self._waveform(audio)
        return Samples(waveform=waveform, sample_rate=sample_rate)

    def rate(self, frame_rate: float) -> Fraction:
        """The exact rate that a `frame_rate` widget means. Raises InputRefused where it is not set."""
        if frame_rate <= 0:
            allowed = "the rate that these frames were made for: often 16, 24, 25 or 30. A wrong one spoils the clip"
            raise self._refused("frame_rate", "0 (not set)", allowed)
        return exact_rate(frame_rate)

    def sound_of(self, video: Input.Video) -> Samples | SoundOfVideo:
        """The sound of a VIDEO, without decoding a frame. Raises InputRefused where there is none to take."""
        source = self.film(video)
        if isinstance(source, VideoFile):
            return SoundOfVideo(video=source)
        if source.waveform is not None and source.sample_rate is not None:
            return Samples(waveform=source.waveform, sample_rate=source.sample_rate)
        raise self._refused("video", "a video without sound", "a video with sound")

    def images(self, images: torch.Tensor) -> torch.Tensor:
        """An IMAGE batch with something in it. Raises InputRefused."""
        if images.dim() != 4:
            raise self._refused("video", f"a tensor of {images.dim()} dimensions", "an IMAGE batch [frames, height, width, channels]")
        self._check_not_empty(images)
        return images

    def _images(self, images: torch.Tensor, frame_rate: float) -> Frames | Photo:
        self.images(images)
        if images.shape[0] == 1:
            return Photo(image=images[0])
        return Frames(images=images, frame_rate=self.rate(frame_rate))

    def _check_not_empty(self, images: torch.Tensor) -> None:
        if images.shape[0] == 0:
            raise self._refused("video", "an IMAGE batch without a frame", "at least 1 frame")

    def _waveform(self, audio: object) -> tuple[torch.Tensor, int]:
        if not isinstance(audio, Mapping):
            raise self._refused("audio", _kind(audio), "an AUDIO")
        waveform, sample_rate = audio.get("waveform"), audio.get("sample_rate")
        if not isinstance(waveform, torch.Tensor) or sample_rate is None:
            raise self._refused("audio", "an AUDIO without sound", "one with its waveform and sample_rate; check the node that made it")
        if waveform.dim() != 3 or waveform.shape[0] != 1:
            raise self._refused("audio", f"a batch of shape {list(waveform.shape)}", "one sound [1, channels, samples]")
        return waveform[0].detach(), int(sample_rate)  # one that a model made outside ComfyUI's inference mode cannot be read otherwise

    def _on_disk(self, source: str | bytes_io.BytesIO) -> Path:
        if isinstance(source, str):
            return Path(source)
        path = self._passing_file()
        path.write_bytes(source.getbuffer())
        return path

    def _passing_file(self) -> Path:
        folder = workspace().temp_dir
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(suffix=".mp4", dir=folder)
        open(handle, "wb").close()
        path = Path(name)
        self._passing.callback(path.unlink, missing_ok=True)
        return path

    def _refused(self, input: str, value: object, allowed: str) -> InputRefused:
        return InputRefused(node=self._node, input=input, value=value, allowed=allowed)


def _meant(rate: Fraction) -> Fraction:
    """The rate that core's Create Video was told as a float: it keeps all digits of that, which are more than a file can hold."""
    return rate if max(rate.numerator, rate.denominator) <= _MOST_IN_A_FILE else exact_rate(float(rate))


def _kind(value: object) -> str:
    return "the text " + repr(value) if isinstance(value, str) else type(value).__name__
