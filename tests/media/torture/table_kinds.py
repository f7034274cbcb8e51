"""Every container and codec that the set knows, each with the pixels it is used with."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from tests.media.torture.clip import Clip, clip
from tests.media.torture.cuts import packed_in_pairs
from tests.media.torture.recipe import PLAIN, Look, Recipe, Voice
from tests.media.torture.surgery import renamed
from tests.media.torture.truth import ENCODED, ORIGINAL, PACKED

SAID = Voice(end_s=0.64)
_BASE = Recipe(name="a.mp4", voice=SAID)


def _of(name: str, look: Look = PLAIN, voice: Voice | None = SAID, **more: object) -> Recipe:
    return replace(_BASE, name=name, look=look, voice=voice, **more)


_PRORES = {"profile": "4444"}
_FRAGMENTS = {"movflags": "+frag_keyframe+empty_moov+default_base_moof"}

CLIPS: tuple[Clip, ...] = (
    clip("mp4-h264", _of("a.mp4"), ORIGINAL),
    clip("mov-h264", _of("a.mov"), ORIGINAL),
    clip("mp4-h264-no-sound", _of("a.mp4", voice=None), ORIGINAL),
    clip("mp4-h264-moov-last", _of("a.mp4", container_options={"movflags": "-faststart"}), ORIGINAL),
    clip("mp4-h264-fragmented", _of("a.mp4", container_options=_FRAGMENTS), PACKED),
    clip("mkv-h264", _of("a.mkv"), PACKED),
    clip("mkv-h264-pcm", _of("a.mkv", voice=replace(SAID, codec="pcm_s24le")), PACKED),
    clip("ts-h264", _of("a.ts"), PACKED),
    clip("flv-h264", _of("a.flv"), PACKED),
    clip("avi-h264", _of("a.avi", Look(b_frames=0), replace(SAID, codec="pcm_s16le")), PACKED),
    clip(
        "avi-h264-b",
        _of("a.avi", voice=replace(SAID, codec="pcm_s16le")),
        f"{ENCODED}: it does not tell in which order its frames are shown",
    ),
    clip("wmv-h264-b", _of("a.wmv", voice=None), f"{ENCODED}: it does not tell in which order its frames are shown"),
    clip("mp4-h264-open-gop", _of("a.mp4", Look(options={"x264-params": "open-gop=1:keyint=6:bframes=3:scenecut=0"})), ORIGINAL),
    clip("mp4-hevc", _of("a.mp4", Look(codec="libx265")), ENCODED),
    clip("mov-hevc-hvc1", _of("a.mov", Look(codec="libx265", options={"tag": "hvc1"})), ENCODED),
    clip("mov-hevc-dolby", _of("a.mov", Look(codec="libx265"), changes=(renamed(b"hev1", b"dvhe"),)), ENCODED),
    clip("mkv-hevc-10", _of("a.mkv", Look(codec="libx265", pixel_format="yuv420p10le")), ENCODED),
    clip("mp4-hevc-422-12", _of("a.mp4", Look(codec="libx265", pixel_format="yuv422p12le")), ENCODED),
    clip("mp4-hevc-gbrp", _of("a.mp4", Look(codec="libx265", pixel_format="gbrp", matrix=0)), ENCODED),
    clip("mp4-av1", _of("a.mp4", Look(codec="libsvtav1"), frames=12), ENCODED),
    clip("webm-av1-10-opus", _of("a.webm", Look(codec="libsvtav1", pixel_format="yuv420p10le"), replace(SAID, codec="libopus")), ENCODED),
    clip("webm-vp8-vorbis", _of("a.webm", Look(codec="libvpx", matrix=6), replace(SAID, codec="vorbis", channels=2)), ENCODED),
    clip("webm-vp9-opus", _of("a.webm", Look(codec="libvpx-vp9"), replace(SAID, codec="libopus")), ENCODED),
    clip("webm-vp9-444", _of("a.webm", Look(codec="libvpx-vp9", pixel_format="yuv444p"), None), ENCODED),
    clip("webm-vp9-440", _of("a.webm", Look(codec="libvpx-vp9", pixel_format="yuv440p"), None), ENCODED),
    clip("webm-vp9-alpha", _of("a.webm", Look(codec="libvpx-vp9", pixel_format="yuva420p"), None), ENCODED),
    clip("webm-vp8-alpha", _of("a.webm", Look(codec="libvpx", pixel_format="yuva420p", matrix=6), None), ENCODED),
    clip("webm-vp9-gbrp", _of("a.webm", Look(codec="libvpx-vp9", pixel_format="gbrp", matrix=0), None), ENCODED),
    clip("mov-prores-422", _of("a.mov", Look(codec="prores_ks", pixel_format="yuv422p10le"), replace(SAID, codec="pcm_s16le"))),
    clip("mov-prores-4444", _of("a.mov", Look(codec="prores_ks", pixel_format="yuv444p10le", options=_PRORES), None)),
    clip("mov-prores-4444-alpha", _of("a.mov", Look(codec="prores_ks", pixel_format="yuva444p10le", options=_PRORES), None)),
    clip("mov-qtrle-alpha", _of("a.mov", Look(codec="qtrle", pixel_format="argb"), None)),
    clip("mov-png-alpha", _of("a.mov", Look(codec="png", pixel_format="rgba"), None)),
    clip("mov-png-48", _of("a.mov", Look(codec="png", pixel_format="rgb48be"), None)),
    clip("mov-dnxhr-hq", _of("a.mov", Look(codec="dnxhd", pixel_format="yuv422p", options={"profile": "dnxhr_hq"}), size=(256, 144))),
    clip("mov-dnxhr-444", _of("a.mov", Look(codec="dnxhd", pixel_format="yuv444p10le", options={"profile": "dnxhr_444"}), size=(256, 144))),
    clip(
        "mxf-dnxhr-hqx",
        _of(
            "a.mxf",
            Look(codec="dnxhd", pixel_format="yuv422p10le", options={"profile": "dnxhr_hqx"}),
            replace(SAID, codec="pcm_s16le"),
            size=(256, 144),
        ),
    ),
    clip(
        "avi-mjpeg-full",
        _of("a.avi", Look(codec="mjpeg", pixel_format="yuvj420p", matrix=6, full=True), Voice(codec="pcm_s16le", rate=8000, end_s=0.64)),
    ),
    clip(
        "avi-mjpeg-422",
        _of("a.avi", Look(codec="mjpeg", pixel_format="yuvj422p", matrix=6, full=True), Voice(codec="pcm_u8", rate=11025, end_s=0.64)),
    ),
    clip("mov-mjpeg-444", _of("a.mov", Look(codec="mjpeg", pixel_format="yuvj444p", matrix=6, full=True), None)),
    clip("avi-mpeg4-b", _of("a.avi", Look(codec="mpeg4", matrix=6, tagged=False), replace(SAID, codec="pcm_s16le", channels=2))),
    clip(
        "avi-divx-packed",
        _of(
            "a.avi",
            Look(codec="mpeg4", matrix=6, tagged=False, b_frames=1, options={"b_strategy": "0", "sc_threshold": "1000000000"}),
            replace(SAID, codec="pcm_s16le", channels=2),
            frames=17,
            changes=(packed_in_pairs,),
        ),
    ),
    clip("mp4-mpeg4", _of("a.mp4", Look(codec="mpeg4", matrix=6, tagged=False))),
    clip("3gp-h263", _of("a.3gp", Look(codec="h263", matrix=6, tagged=False), size=(128, 96))),
    clip("ts-mpeg2", _of("a.ts", Look(codec="mpeg2video", matrix=6), replace(SAID, codec="mp2", channels=2))),
    clip("mpg-mpeg2-ac3", _of("a.mpg", Look(codec="mpeg2video", matrix=6), replace(SAID, codec="ac3", channels=6), format="vob")),
    clip("ts-mpeg2-422", _of("a.ts", Look(codec="mpeg2video", pixel_format="yuv422p"), replace(SAID, codec="mp2", channels=2))),
    clip("wmv-wmv2", _of("a.wmv", Look(codec="wmv2", matrix=6, tagged=False), None)),
    clip("flv-flv1", _of("a.flv", Look(codec="flv1", matrix=6, tagged=False), replace(SAID, codec="libmp3lame", rate=44100))),
    clip("gif", _of("a.gif", Look(codec="gif", pixel_format="pal8"), None, rate=Fraction(10))),
    clip("mkv-ffv1-rgb", _of("a.mkv", Look(codec="ffv1", pixel_format="bgr0", tagged=False), None)),
    clip("mkv-ffv1-444-16", _of("a.mkv", Look(codec="ffv1", pixel_format="yuv444p16le"), None)),
    clip("mkv-ffv1-410", _of("a.mkv", Look(codec="ffv1", pixel_format="yuv410p"), None), colour_off=14),
    clip("avi-huffyuv", _of("a.avi", Look(codec="huffyuv", pixel_format="yuv422p", matrix=6, tagged=False), None)),
    clip("mp4-h264-10", _of("a.mp4", Look(pixel_format="yuv420p10le"))),
    clip("mp4-h264-422", _of("a.mp4", Look(pixel_format="yuv422p"))),
    clip("mp4-h264-422-10", _of("a.mp4", Look(pixel_format="yuv422p10le"))),
    clip("mp4-h264-444", _of("a.mp4", Look(pixel_format="yuv444p"))),
    clip("mp4-h264-rgb", _of("a.mp4", Look(codec="libx264rgb", pixel_format="rgb24", matrix=0))),
    clip("mp4-h264-lossless", _of("a.mp4", Look(options={"crf": "0"}))),
    clip("mp4-h264-yuvj", _of("a.mp4", Look(pixel_format="yuvj420p", full=True)), ORIGINAL),
)
