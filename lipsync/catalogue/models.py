"""Every model of every service: what it honours, what it costs, how long it takes. Sources: sync-api.md 3, segmind-api.md 2."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Support(Enum):
    """What a model does with an option or a kind of input."""

    HONOURED = "honoured"
    UNSURE = "unsure"  # undocumented: sent, and the user is told that it may have no effect
    IGNORED = "ignored"  # the service would drop it without a word: we tell the user and do not send it
    REJECTED = "rejected"  # the service would refuse it, or has no way to say it: an error before anything is sent


@dataclass(frozen=True, kw_only=True)
class Price:
    """Either per frame of the film (Sync) or per second of the video sent (Segmind)."""

    usd_per_frame: float | None = None
    usd_per_video_s: float | None = None

    def usd(self, *, output_s: float, video_s: float, frame_rate: float) -> float:
        """Price of one job in US dollars, at the base plan."""
        if self.usd_per_frame is not None:
            return round(output_s * frame_rate) * self.usd_per_frame
        if self.usd_per_video_s is not None:
            # Whether a looped or bounced clip is billed by its input or its output is not documented: the upper figure.
            return max(output_s, video_s) * self.usd_per_video_s
        raise ValueError("a Price without a rate")


@dataclass(frozen=True, kw_only=True)
class Model:
    """One model on one service. `name` is the user's word for it, `slug` the service's."""

    service: str
    name: str
    slug: str
    advice: str
    price: Price | None
    usual_wait: str
    honours: Mapping[str, Support]
    honours_for_image: Mapping[str, Support]
    clip_limit_s: float | None = None

    def support(self, feature: str, *, image: bool = False) -> Support:
        """What this model does with an option (`temperature`), a speaker method (`auto_detect`, `coordinates`,
        `bounding_boxes`) or an input (`image`, `segments`, `text`)."""
        return (self.honours_for_image if image else self.honours)[feature]

    def options(self) -> tuple[str, ...]:
        """The options that this model alone has: what its own widgets are. `sync_mode` is shared by all."""
        own = [feature for feature in _OWN_OPTIONS if self._takes(feature)]
        return tuple(own)

    def _takes(self, feature: str) -> bool:
        return any(table.get(feature) is _S for table in (self.honours, self.honours_for_image))


_S, _U, _I, _R = Support.HONOURED, Support.UNSURE, Support.IGNORED, Support.REJECTED
_OWN_OPTIONS = ("temperature", "occlusion_detection_enabled", "reasoning_enabled", "model_mode", "prompt", "i2v_prompt")

_COLUMNS = ("lipsync-1.9.0-beta", "lipsync-2", "lipsync-2-pro", "react-1", "sync-3", "sync-3 image")
_SYNC: dict[str, tuple[Support, ...]] = {  # sync-api.md 3.2
    #                                1.9 beta  2   pro react sync-3 sync-3 image
    "sync_mode":                      (_S,     _S, _S, _S,   _S,    _I),
    "temperature":                    (_I,     _S, _S, _I,   _I,    _I),
    "auto_detect":                    (_S,     _S, _S, _I,   _S,    _R),
    "coordinates":                    (_S,     _S, _S, _I,   _S,    _S),
    "bounding_boxes":                 (_U,     _S, _S, _I,   _S,    _U),
    "occlusion_detection_enabled":    (_I,     _S, _S, _I,   _I,    _I),
    "reasoning_enabled":              (_I,     _I, _S, _I,   _I,    _I),
    "model_mode":                     (_I,     _I, _I, _S,   _I,    _I),
    "prompt":                         (_I,     _I, _I, _S,   _I,    _I),
    "i2v_prompt":                     (_I,     _I, _I, _I,   _I,    _S),
    "image":                          (_R,     _R, _R, _R,   _S,    _S),
    "segments":                       (_U,     _S, _S, _U,   _U,    _R),
    "text":                           (_S,     _S, _S, _S,   _S,    _S),
}  # fmt: skip

_SEGMIND_COLUMNS = ("lipsync-2-pro", "react-1")
_SEGMIND: dict[str, tuple[Support, ...]] = {  # segmind-api.md 2.1 to 2.3: what is not among its parameters cannot be said
    #                                pro  react-1
    "sync_mode":                      (_S, _U),
    "temperature":                    (_S, _U),
    "auto_detect":                    (_S, _S),
    "coordinates":                    (_R, _R),
    "bounding_boxes":                 (_R, _R),
    "occlusion_detection_enabled":    (_S, _U),
    "reasoning_enabled":              (_R, _R),
    "model_mode":                     (_R, _U),
    "prompt":                         (_R, _U),
    "i2v_prompt":                     (_R, _R),
    "image":                          (_R, _R),
    "segments":                       (_R, _R),
    "text":                           (_R, _R),
}  # fmt: skip


def _column(table: Mapping[str, tuple[Support, ...]], columns: tuple[str, ...], name: str) -> dict[str, Support]:
    at = columns.index(name)
    return {feature: row[at] for feature, row in table.items()}


def _sync(name: str, **rest: object) -> Model:
    image = "sync-3 image" if name == "sync-3" else name
    return Model(
        service="sync",
        name=name,
        slug=name,
        honours=_column(_SYNC, _COLUMNS, name),
        honours_for_image=_column(_SYNC, _COLUMNS, image),
        **rest,  # type: ignore[arg-type]  # the keywords of Model, checked by it
    )


def _segmind(name: str, **rest: object) -> Model:
    honours = _column(_SEGMIND, _SEGMIND_COLUMNS, name)
    return Model(
        service="segmind",
        name=name,
        slug=f"sync.so-{name}",
        honours=honours,
        honours_for_image=honours,
        **rest,  # type: ignore[arg-type]  # the keywords of Model, checked by it
    )


# Prices: sync-api.md 3.4 (base plan), segmind-api.md 2. Waiting: sync-api.md 6, segmind-api.md 2.
MODELS: tuple[Model, ...] = (
    _sync(
        "sync-3",
        advice="The newest and the default: whole shots at once, 4K faces, profiles and hands before the mouth, silent faces, photos.",
        price=Price(usd_per_frame=0.00534),
        usual_wait="a few minutes",
    ),
    _sync(
        "lipsync-2-pro",
        advice="Sharper lipsync-2 for beards and teeth in close-ups. 1.5 to 2 times slower.",
        price=Price(usd_per_frame=0.00333),
        usual_wait="3 to 6 minutes",
    ),
    _sync(
        "lipsync-2",
        advice="Good and cheaper for a face that is already talking.",
        price=Price(usd_per_frame=0.002),
        usual_wait="1 to 3 minutes",
    ),
    _sync(
        "lipsync-1.9.0-beta",
        advice="The fastest and cheapest, with generic lips.",
        price=Price(usd_per_frame=0.001),
        usual_wait="under a minute for 30 s",
    ),
    _sync(
        "react-1",
        advice="Plays an emotion: lips, face or head of a short clip (at most 15 s). Takes no speaker.",
        price=Price(usd_per_frame=0.00667),
        usual_wait="a few minutes",
        clip_limit_s=15.0,
    ),
    _segmind(
        "lipsync-2-pro",
        advice="Sharper lipsync-2, hosted by Segmind. The speaker can only be left to the model or found automatically.",
        price=Price(usd_per_video_s=0.084),
        usual_wait="about 4 minutes",
    ),
    _segmind(
        "react-1",
        advice="Plays an emotion in a short clip (at most 15 s), hosted by Segmind.",
        price=None,
        usual_wait="about 6 minutes",
        clip_limit_s=15.0,
    ),
)


def models_of(service: str) -> tuple[Model, ...]:
    """The models of `sync` or `segmind`, the default first."""
    return tuple(model for model in MODELS if model.service == service)


def model_named(service: str, name: str) -> Model | None:
    """The model that the user calls `name` on `service`, or None."""
    return next((model for model in models_of(service) if model.name == name), None)
