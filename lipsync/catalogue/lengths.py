"""How long the film will be. Source: sync-api.md 3.3."""

from __future__ import annotations


def output_duration_s(*, sync_mode: str, video_s: float, speech_s: float) -> float:
    """Seconds of film that `sync_mode` makes of `video_s` seconds of video and `speech_s` seconds of speech.

    A talking photo lasts as long as its speech, whatever the mode: give its `video_s` as 0 with mode "bounce".
    """
    if sync_mode == "cut_off":
        return min(video_s, speech_s)
    if sync_mode == "silence":
        return max(video_s, speech_s)
    return speech_s
