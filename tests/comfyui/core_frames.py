"""Run by a ComfyUI's own Python: what core's Get Video Components makes of films, as arrays. Usage: ROOT then IN OUT.npz pairs."""

from __future__ import annotations

import sys

import numpy as np

sys.path.insert(0, sys.argv[1])

from comfy_api.latest._input_impl.video_types import VideoFromFile

for source, target in zip(sys.argv[2::2], sys.argv[3::2], strict=True):
    try:
        film = VideoFromFile(source).get_components()
    except Exception as error:  # noqa: BLE001  # whatever it is, the test says that core cannot read this
        np.savez(target, error=repr(error))
        continue
    sound = {"audio": film.audio["waveform"][0].numpy(), "sample_rate": film.audio["sample_rate"]} if film.audio else {}
    rate = film.frame_rate
    np.savez(target, frames=film.images.numpy(), fps=np.array([rate.numerator, rate.denominator]), **sound)
