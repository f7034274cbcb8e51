"""ComfyUI's VIDEO values and the few core nodes that the example workflows use. Without core's encoder and its remuxing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import torch

from .schema import AnyType, Audio, ComfyNode, Float, Image, Int, NodeOutput, Schema, String, Video


@dataclass
class VideoComponents:
    images: torch.Tensor
    frame_rate: Fraction
    audio: dict[str, Any] | None = None


class VideoInput:
    def get_active_trim_window(self) -> tuple[float, float]:
        return 0.0, 0.0


class VideoFromFile(VideoInput):
    def __init__(self, file: str, *, start_time: float = 0, duration: float = 0) -> None:
        self._start, self._length, self.get_stream_source = start_time, duration, lambda: file
        self.get_dimensions, self.get_frame_rate = lambda: self._probe()[1], lambda: self._probe()[2]

    def _probe(self) -> tuple[float, tuple[int, int], Fraction]:
        with av.open(self.get_stream_source()) as container:
            video = container.streams.video[0]
            return container.duration / av.time_base, (video.width, video.height), video.average_rate

    def get_active_trim_window(self) -> tuple[float, float]:
        return float(self._start if self._start >= 0 else max(self._probe()[0] + self._start, 0.0)), float(self._length)

    def get_duration(self) -> float:
        (start, length), whole = self.get_active_trim_window(), self._probe()[0]
        return min(length or whole, whole - start)

    def get_components(self) -> VideoComponents:
        start, length = self.get_active_trim_window()
        pictures, sounds, resampler = [], [], av.AudioResampler(format="fltp")
        with av.open(self.get_stream_source()) as container:
            for frame in container.decode(*container.streams.video[:1], *container.streams.audio[:1]):
                if not start <= frame.time < (start + length if length else float("inf")):
                    continue
                if isinstance(frame, av.VideoFrame):
                    pictures.append(torch.from_numpy(frame.to_ndarray(format="rgb24")).float() / 255)
                else:
                    sounds += [(torch.from_numpy(part.to_ndarray()), part.sample_rate) for part in resampler.resample(frame)]
        audio = {"waveform": torch.cat([part for part, _ in sounds], dim=1)[None], "sample_rate": sounds[0][1]} if sounds else None
        return VideoComponents(torch.stack(pictures), self.get_frame_rate(), audio)


class VideoFromComponents(VideoInput):
    def __init__(self, components: VideoComponents) -> None:
        self.get_components = lambda: components
        self.get_frame_rate = lambda: components.frame_rate
        self.get_dimensions = lambda: (components.images.shape[2], components.images.shape[1])
        self.get_duration = lambda: float(len(components.images) / components.frame_rate)


def _empty_image(width: int, height: int, batch_size: int, color: int) -> NodeOutput:
    return NodeOutput((torch.tensor([color >> 16, color >> 8 & 255, color & 255]) / 255).expand(batch_size, height, width, 3).clone())


def _create_video(images: torch.Tensor, fps: float, audio: Any = None) -> NodeOutput:
    return NodeOutput(VideoFromComponents(VideoComponents(images, Fraction(fps), audio)))


def _get_components(video: Any) -> NodeOutput:
    parts = video.get_components()
    return NodeOutput(parts.images, parts.audio, float(parts.frame_rate), 8)


def _preview_any(source: Any) -> NodeOutput:
    return NodeOutput(str(source), ui={"text": (str(source),)})


def _node(node_id: str, run: Callable[..., Any], outputs: list[type], **inputs: type) -> type[ComfyNode]:
    declared = [kind.Input(name, optional=kind is Audio) for name, kind in inputs.items()]
    schema = Schema(node_id=node_id, inputs=declared, outputs=[kind.Output() for kind in outputs], is_output_node=run is _preview_any)
    return type(node_id, (ComfyNode,), {"define_schema": staticmethod(lambda: schema), "execute": staticmethod(run)})


CORE_NODES = [
    _node("EmptyImage", _empty_image, [Image], width=Int, height=Int, batch_size=Int, color=Int),
    _node("RepeatImageBatch", lambda image, amount: NodeOutput(image.repeat((amount, 1, 1, 1))), [Image], image=Image, amount=Int),
    _node("CreateVideo", _create_video, [Video], images=Image, fps=Float, audio=Audio),
    _node("GetVideoComponents", _get_components, [Image, Audio, Float, Int], video=Video),
    _node("PreviewAny", _preview_any, [String], source=AnyType),
]
