"""What a graph may hand over as picture and as speech. Data only: nothing here opens a file or needs torch to be loaded."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class VideoFile:
    """A video file, perhaps trimmed. `start_s` below 0 counts from the end; `duration_s` 0 runs to the end. As ComfyUI trims."""

    path: Path
    start_s: float = 0.0
    duration_s: float = 0.0

    @property
    def trimmed(self) -> bool:
        return self.start_s != 0.0 or self.duration_s != 0.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Frames:
    """Generated pictures: `images` is [T, H, W, C], 0 to 1, C = 1, 3 or 4 (alpha as ComfyUI's IMAGE has it), any float or uint8,
    any device. `frame_rate` is exact. The sound that a VIDEO of tensors carries: `waveform` [C, S] in -1 to 1, sample 0 at frame 0."""

    images: Tensor
    frame_rate: Fraction
    waveform: Tensor | None = None
    sample_rate: int | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Photo:
    """One picture that is to talk: `image` is [H, W, C], 0 to 1."""

    image: Tensor


@dataclass(frozen=True, kw_only=True)
class AudioFile:
    """An audio file; its bytes go up untouched where the service takes them."""

    path: Path


@dataclass(frozen=True, kw_only=True)
class SoundOfVideo:
    """The sound of a video file, taken without decoding a frame, with the same trim."""

    video: VideoFile


@dataclass(frozen=True, kw_only=True, eq=False)
class Samples:
    """Sound from a graph: `waveform` is [C, S] in -1 to 1 (float), `sample_rate` in Hz."""

    waveform: Tensor
    sample_rate: int


@dataclass(frozen=True, kw_only=True)
class Link:
    """Media at a public address, fetched by the service itself. `here` is the same on this machine, if a node has fetched it already."""

    url: str
    here: Path | None = field(default=None, compare=False)


@dataclass(frozen=True, kw_only=True)
class Asset:
    """Media that already lies in the account, by its id; `here` as for a Link."""

    id: str
    here: Path | None = field(default=None, compare=False)


@dataclass(frozen=True, kw_only=True)
class Script:
    """Words that the service speaks itself. `stability` and `similarity_boost` from 0 to 1."""

    script: str
    voice_id: str
    stability: float = 0.5
    similarity_boost: float = 0.75


VideoSource = VideoFile | Frames | Photo | Link | Asset
SoundSource = AudioFile | SoundOfVideo | Samples | Link | Asset
SpeechSource = SoundSource | Script


@dataclass(frozen=True, kw_only=True)
class Speech:
    """The wire SYNC_SPEECH: what is spoken, and the name by which segments call it."""

    source: SpeechSource
    name: str = ""
