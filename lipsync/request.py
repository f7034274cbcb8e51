"""What the user wants, checked against the catalogue before anything is probed, sent or paid."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from .catalogue import CHOICES, OPTIONS, SERVICES, Kind, Model, ServiceChoice, Support, model_named, models_of, service_choice
from .catalogue.options import Value
from .errors import InputRefused
from .media.links import public_link
from .media.sources import Asset, Link, Photo, Script, Speech, VideoSource
from .wires import Segment, Segments, Speaker

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_TAKEN = (Support.HONOURED, Support.UNSURE)
_NAME_MAX_CHARS = 120  # the service takes 255, and the short id, the attempt and some file systems want their share


@dataclass(frozen=True, kw_only=True)
class LipsyncRequest:
    """One film to be bought: every option in it is one that the model honours, so all of it goes onto the wire."""

    node: str
    choice: ServiceChoice
    model: Model
    video: VideoSource
    speeches: tuple[Speech, ...]
    options: Mapping[str, Value]
    speaker: Speaker | None = None
    segments: tuple[Segment, ...] = ()
    take: int = 0
    output_name: str = "lipsync"
    project_id: str = ""
    max_cost_usd: float = 0.0
    notices: tuple[str, ...] = ()

    @property
    def is_photo(self) -> bool:
        return isinstance(self.video, Photo)

    @property
    def sync_mode(self) -> str:
        """How lengths are matched; a photo always lasts as long as its speech, as `bounce` would have it."""
        return str(self.options.get("sync_mode", "bounce"))


@dataclass(frozen=True, kw_only=True)
class Wish:
    """The inputs of a node as they stand there, before anything of them is believed."""

    node: str
    service: str
    model: str
    video: VideoSource | None
    speech: Speech | None
    options: Mapping[str, object]
    speaker: Speaker | None = None
    segments: Segments | None = None
    take: int = 0
    output_name: str = ""
    project_id: str = ""
    max_cost_usd: float = 0.0


def lipsync_request(wish: Wish) -> LipsyncRequest:
    """The request that `wish` amounts to. Raises InputRefused or MediaRefused; what is left out is told in `notices`."""
    choice = _choice(wish)
    model = _model(wish, choice)
    if wish.video is None:
        raise _refused(wish, "video", None, "a VIDEO, or an IMAGE with a frame_rate")
    image = isinstance(wish.video, Photo)
    if image and model.support("image") is Support.REJECTED:
        takers = _able(choice.service, "image", True)
        raise (
            _refused(wish, "model", model.name, f"a photo (one image) only with {takers}; {model.name} needs a video")
            if takers
            else _refused(wish, "service", wish.service, f"a video; a photo (one image) {_elsewhere(wish, 'image', True)}")
        )
    notices: list[str] = []
    speeches = _speeches(wish, model, image, notices)
    _check_references(wish, choice, speeches)
    return LipsyncRequest(
        node=wish.node,
        choice=choice,
        model=model,
        video=wish.video,
        speeches=speeches,
        options=_options(wish, model, image, notices),
        speaker=_speaker(wish, model, image, notices),
        segments=_segments(wish, model, image, notices),
        take=_take(wish),
        output_name=file_name_of(wish.output_name),
        project_id=_project(wish, choice, notices),
        max_cost_usd=_max_cost(wish),
        notices=tuple(notices),
    )


def file_name_of(text: str) -> str:
    """`text` as the services allow it in a file name (sync-api.md 2.1: letters, digits, `_`, `-`); "lipsync" if nothing is left."""
    cleaned = re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-_")[:_NAME_MAX_CHARS]
    return cleaned or "lipsync"


def _refused(wish: Wish, input: str, value: object, allowed: str) -> InputRefused:
    return InputRefused(node=wish.node, input=input, value=value, allowed=allowed)


def _choice(wish: Wish) -> ServiceChoice:
    choice = service_choice(wish.service)
    if choice is None:
        raise _refused(wish, "service", wish.service, ", ".join(known.label for known in CHOICES))
    return choice


def _model(wish: Wish, choice: ServiceChoice) -> Model:
    model = model_named(choice.service, wish.model)
    if model is None:
        names = ", ".join(known.name for known in models_of(choice.service))
        seller = next((other for other in CHOICES if other.sandbox is choice.sandbox and model_named(other.service, wish.model)), None)
        instead = f"; or choose service {seller.label}" if seller else ""
        raise _refused(wish, "model", wish.model, f"{names} (the models of {choice.facts.title}){instead}")
    return model


def _speeches(wish: Wish, model: Model, image: bool, notices: list[str]) -> tuple[Speech, ...]:
    if wish.segments is not None:
        if wish.speech is not None:
            notices.append("'audio' is not used: the segments bring their own speeches.")
        speeches = wish.segments.speeches
    else:
        speeches = () if wish.speech is None else (wish.speech,)
    if not speeches:
        raise _refused(wish, "audio", None, "an AUDIO or a SYNC_SPEECH: without sound there is nothing to speak")
    if any(isinstance(speech.source, Script) for speech in speeches):
        _demand(wish, model, "text", image, "audio", "a text")
        for speech in speeches:
            _check_script(wish, model, speech)
    return speeches


def _check_script(wish: Wish, model: Model, speech: Speech) -> None:
    if not isinstance(speech.source, Script):
        return
    limit = SERVICES[model.service].script_max_chars
    length = len(speech.source.script.strip())
    if length == 0 or (limit is not None and length > limit):
        raise _refused(wish, "script", f"{length} characters", f"1 to {limit} characters; longer texts go into several segments")


def _check_references(wish: Wish, choice: ServiceChoice, speeches: tuple[Speech, ...]) -> None:
    """Whether the service can get at what is only named to it."""
    named = [("video", wish.video), *(("audio", speech.source) for speech in speeches)]
    for input, source in named:
        if isinstance(source, Link):
            public_link(source.url, allow_loopback=choice.sandbox)
        if isinstance(source, Asset) and not choice.facts.has_assets:
            raise _refused(wish, input, source.id, f"a file or a link: {choice.facts.title} keeps no assets that could be named")


def _demand(wish: Wish, model: Model, feature: str, image: bool, input: str, value: str) -> bool:
    """Whether the model takes `feature`; an error if it (or the service) has no way to."""
    support = model.support(feature, image=image)
    if support is Support.REJECTED:
        able = _able(model.service, feature, image)
        instead = f"only with {able}" if able else _elsewhere(wish, feature, image) or "nothing of the kind"
        raise _refused(wish, input, value, f"{instead}{' for a photo' if image else ''}")
    return support is not Support.IGNORED


def _able(service: str, feature: str, image: bool) -> str:
    """The names of the models of `service` that take `feature`."""
    models = models_of(service)
    photo_models = [model for model in models if model.support("image") is Support.HONOURED]
    able = [model for model in (photo_models if image else models) if model.support(feature, image=image) in _TAKEN]
    return ", ".join(model.name for model in able or photo_models if model in able or model.support(feature, image=True) in _TAKEN)


def _elsewhere(wish: Wish, feature: str, image: bool) -> str:
    """The other service of the same kind that has what this one lacks; nothing if none has."""
    sandbox = any(choice.label == wish.service and choice.sandbox for choice in CHOICES)
    able = [(choice, _able(choice.service, feature, image)) for choice in CHOICES if choice.sandbox is sandbox]
    return next((f"not at {wish.service}; choose service {choice.label}, with {names}" for choice, names in able if names), "")


def _options(wish: Wish, model: Model, image: bool, notices: list[str]) -> dict[str, Value]:
    unknown = [name for name in wish.options if name not in OPTIONS]
    if unknown:
        raise _refused(wish, unknown[0], wish.options[unknown[0]], f"no such option exists; the options are {', '.join(OPTIONS)}")
    honoured: dict[str, Value] = {}
    for name, option in OPTIONS.items():
        value = wish.options.get(name)
        chosen = option.default if value is None or value == "" else value
        if chosen is None:
            continue
        if model.support(name, image=image) in (Support.IGNORED, Support.REJECTED) and chosen == option.default:
            continue
        allowed = option.problem(chosen)
        if allowed is not None:
            raise _refused(wish, name, chosen, allowed)
        if not _demand(wish, model, name, image, name, str(chosen)):
            notices.append(f"{name} is not sent: {_who(model, image)} takes no notice of it.")
            continue
        if model.support(name, image=image) is Support.UNSURE and value is None:
            continue  # nobody asked for it, and whether the service knows it is not documented
        honoured[name] = float(chosen) if option.kind is Kind.NUMBER else chosen  # type: ignore[arg-type, assignment]  # `problem` checked
    return honoured


def _who(model: Model, image: bool) -> str:
    return f"{model.name} with a photo" if image else model.name


def _speaker(wish: Wish, model: Model, image: bool, notices: list[str]) -> Speaker | None:
    if wish.speaker is None:
        return None
    speaker = replace(wish.speaker, name="")
    if image and speaker.method == "auto_detect" and model.support("coordinates", image=True) is Support.HONOURED:
        raise _refused(
            wish, "speaker", "auto_detect", "a point on frame 0 for a photo, in which no face is looked for; or no speaker at all"
        )
    if not _demand(wish, model, speaker.method, image, "speaker", speaker.method):
        notices.append(f"The speaker is not sent: {_who(model, image)} takes no notice of it.")
        return None
    if image and speaker.frame_number not in (0, None):
        raise _refused(wish, "speaker", f"frame {speaker.frame_number}", "frame 0, as a photo has only one")
    if model.support(speaker.method, image=image) is Support.UNSURE:
        notices.append(f"Whether {_who(model, image)} honours {speaker.method} is not documented.")
    return speaker


def _segments(wish: Wish, model: Model, image: bool, notices: list[str]) -> tuple[Segment, ...]:
    if wish.segments is None:
        return ()
    _demand(wish, model, "segments", image, "segments", f"{len(wish.segments.rows)} rows")
    if model.support("segments", image=image) is Support.UNSURE:
        notices.append(f"Whether {_who(model, image)} honours segments is not documented.")
    names = [speech.name for speech in wish.segments.speeches]
    if len(set(names)) != len(names) or "" in names:
        raise _refused(wish, "segments", ", ".join(names), "speeches with a name each, and no name twice")
    if not wish.segments.rows:
        raise _refused(wish, "segments", "0 rows", "at least one row; or connect 'audio' instead")
    for row in wish.segments.rows:
        if row.speech not in names:
            raise _refused(wish, "segments", row.speech, f"one of the speeches connected: {', '.join(names)}")
        if not 0 <= row.start_s <= row.end_s:
            raise _refused(wish, "segments", f"{row.start_s:g} to {row.end_s:g} s", "a start from 0 s on, and an end that is not before it")
        if (row.crop_start_s is None) is not (row.crop_end_s is None):
            raise _refused(wish, "segments", f"a crop of {row.speech} with one end", "both ends of the crop, or none")
        if row.crop_start_s is not None and row.crop_end_s is not None and not 0 <= row.crop_start_s < row.crop_end_s:
            crop = f"a crop of {row.speech} from {row.crop_start_s:g} to {row.crop_end_s:g} s"
            raise _refused(wish, "segments", crop, "a crop from 0 s on that ends after it starts")
    rows = sorted(wish.segments.rows, key=lambda row: row.start_s)
    if any(later.start_s < row.end_s for row, later in pairwise(rows)):
        notices.append("Segments overlap; whether Sync takes them so is not documented.")
    return wish.segments.rows


def _take(wish: Wish) -> int:
    if wish.take < 0:
        raise _refused(wish, "take", wish.take, "0 or more")
    return wish.take


def _project(wish: Wish, choice: ServiceChoice, notices: list[str]) -> str:
    project = wish.project_id.strip()
    if project and not choice.facts.has_projects:
        notices.append(f"project_id is not sent: {choice.facts.title} has no projects.")
        return ""
    if project and not _UUID.fullmatch(project):
        raise _refused(wish, "project_id", project, "the id of a project (8-4-4-4-12 hex digits), or nothing")
    return project


def _max_cost(wish: Wish) -> float:
    if not 0 <= wish.max_cost_usd < float("inf"):
        raise _refused(wish, "max_cost_usd", wish.max_cost_usd, "0 (no limit for this job) or a price in US dollars")
    return wish.max_cost_usd
