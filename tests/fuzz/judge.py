"""What may come out of a spoilt file: a sentence that a person can read, or media that are what their facts say."""

from __future__ import annotations

import re
from pathlib import Path

import av

LONGEST_SENTENCE = 300
_MACHINE_WORDS = re.compile(
    r"errno|averror|\bav\.|libav|ffmpeg|traceback|exception|fraction|<class|object at|\.py\b|[{}<>]"
    r"|\b0x|\\x|\bNone\b|\bnan\b|\binf\b|\d{12}",
    re.IGNORECASE,
)
_TAGS = re.compile(r"its tags stay here \(.*?\)|it holds more than a film \(.*?\)")  # whose names are the file's own


def flaws_of(sentence: str, name: str, folder: Path) -> list[str]:
    """What is wrong with a refusal or a note about the file `name`, which lies in `folder`."""
    wrong = {
        "it is too long": len(sentence) > LONGEST_SENTENCE,
        "it does not begin with the file's name or a capital": not (sentence.startswith(f"{name} ") or sentence[:1].isupper()),
        "it does not end as a sentence does": not sentence.endswith("."),
        "it names a folder": str(folder) in sentence or "/tmp" in sentence,
        "it has signs that cannot be read": not sentence.isprintable() or "�" in sentence,
        "it has two stops or spaces": ".." in sentence.replace("...", "") or "  " in sentence,
        "it is written for machines": bool(_MACHINE_WORDS.search(_TAGS.sub("", sentence.replace(name, "", 1)))),
    }
    return [flaw for flaw, holds in wrong.items() if holds]


def pictures_in(path: Path) -> int:
    """How many pictures libav decodes in `path`, which must be without a flaw."""
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


def seconds_of_sound_in(path: Path) -> float:
    """How much sound libav decodes in `path`, which must be without a flaw."""
    with av.open(str(path)) as container:
        return sum(frame.samples / frame.sample_rate for frame in container.decode(audio=0))


def packets_in(path: Path) -> int:
    """How many packets the first stream of `path` has. What was copied has the flaws that it had."""
    with av.open(str(path)) as container:
        return sum(packet.size > 0 for packet in container.demux(container.streams[0]))
