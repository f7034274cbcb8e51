"""The sample as tensors, for nodes that hand out AUDIO and IMAGE."""

from __future__ import annotations

import wave

import numpy as np
import torch
from PIL import Image

from . import PICTURE, SPEECH


def speech() -> tuple[torch.Tensor, int]:
    """(waveform [1, S] float32 in -1 to 1, sample rate in Hz). The file is 16-bit mono."""
    with wave.open(str(SPEECH), "rb") as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        return torch.from_numpy(samples.astype(np.float32) / 32768.0).unsqueeze(0), file.getframerate()


def picture() -> torch.Tensor:
    """The portrait as [H, W, 3] float32, 0 to 1."""
    with Image.open(PICTURE) as image:
        return torch.from_numpy(np.asarray(image.convert("RGB"), dtype=np.float32) / 255.0)
