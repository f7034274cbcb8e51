"""The two that are compared, each doing the same: a file to a tensor [T, H, W, 3] of float32, and such a tensor to a file."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor

from ..noise import FRAME_RATE


class Ours:
    """What SyncFrames does with a file, and what becomes of a VIDEO made of tensors."""

    def __init__(self) -> None:
        from lipsync.media import decode, encode, sources

        self._decode, self._encode, self._sources = decode, encode, sources

    def decode(self, path: Path) -> Tensor:
        plan = self._decode.plan_decoding(self._sources.VideoFile(path=path))
        return self._decode.decode(plan, progress=_untold, cancelled=_never).images

    def encode(self, images: Tensor, path: Path) -> None:
        frames = self._sources.Frames(images=images, frame_rate=FRAME_RATE)
        self._encode.encode_frames(frames, path, progress=_untold, cancelled=_never)


class Core:
    """What ComfyUI's Get Video Components and Save Video do."""

    def __init__(self) -> None:
        from comfy_api.latest import InputImpl, Types

        self._impl, self._types = InputImpl, Types

    def decode(self, path: Path) -> Tensor:
        return self._impl.VideoFromFile(str(path)).get_components().images

    def encode(self, images: Tensor, path: Path) -> None:
        components = self._types.VideoComponents(images=images, audio=None, frame_rate=FRAME_RATE)
        video = self._impl.VideoFromComponents(components)
        video.save_to(str(path), format=self._types.VideoContainer.MP4, codec=self._types.VideoCodec.H264)


SIDES = {"ours": Ours, "core": Core}


def _untold(_text: str, _done: int, _total: int) -> None:
    pass


def _never() -> bool:
    return False
