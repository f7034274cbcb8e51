"""The inputs that ordering nodes share. ComfyUI saves widgets by position, so their order is frozen: `model` stays the last for ever."""

from __future__ import annotations

from ..lipsync.catalogue import CHOICES, OPTIONS, SYNC_MODES, Kind, ServiceChoice, models_of, service_choice
from ..lipsync.catalogue.options import Option
from ..lipsync.errors import InputRefused
from ._comfy import io
from ._wires import SyncSegments, SyncSpeaker, SyncSpeech

FOLLOW_THE_VIDEO = "(follow the video)"
STOP, SKIP = "stop", "skip"


def sockets() -> list[io.Input]:
    """`video` first, so that a bypassed node hands its VIDEO through."""
    return [
        io.MultiType.Input(
            "video",
            [io.Video, io.Image],
            tooltip="The clip to lip-sync: a VIDEO, or generated frames (IMAGE) with their frame_rate. One single image is a talking "
            "photo (sync-3).",
        ),
        io.MultiType.Input(
            "audio",
            [io.Audio, SyncSpeech],
            optional=True,
            tooltip="What is spoken: any AUDIO, or a speech of this pack. Needed unless segments bring theirs.",
        ),
        SyncSpeaker.Input("speaker", optional=True, tooltip="Which face speaks. Not connected, the model decides."),
        SyncSegments.Input("segments", optional=True, tooltip="Who speaks when, for several speakers or speeches in one clip."),
    ]


def service_input() -> io.Input:
    return io.Combo.Input(
        "service",
        options=[choice.label for choice in CHOICES],
        default=CHOICES[0].label,
        optional=True,
        tooltip="Where the film is made, with your own key. A sandbox is free, offline and needs no key; its films carry a mark.",
    )


def chosen_service(label: object, *, node: str) -> ServiceChoice:
    """What the `service` widget of a node means. Raises InputRefused."""
    choice = service_choice(str(label))
    if choice is None:
        raise InputRefused(node=node, input="service", value=label, allowed=", ".join(known.label for known in CHOICES))
    return choice


def frame_rate_input(why: str) -> io.Input:
    return io.Float.Input(
        "frame_rate",
        default=0.0,
        min=0.0,
        max=240.0,
        step=0.001,
        round=0.001,
        optional=True,
        tooltip="Only for frames (IMAGE): the rate that they were made for, as video models make 16, 24, 25 or 30. 0 is 'not set' and "
        "refused, because "
        f"{why}. A VIDEO brings its own.",
    )


def sync_mode_input() -> io.Input:
    return io.Combo.Input("sync_mode", options=list(SYNC_MODES), default="bounce", optional=True, tooltip=OPTIONS["sync_mode"].tooltip)


def order_widgets() -> list[io.Input]:
    return [
        service_input(),
        frame_rate_input("a wrong rate spoils a paid clip"),
        sync_mode_input(),
        io.Int.Input(
            "take",
            default=0,
            min=0,
            max=2**31 - 1,
            optional=True,
            control_after_generate=io.ControlAfterGenerate.fixed,
            tooltip="The only way to buy the same thing again: results differ from take to take. Queueing the same take twice costs "
            "nothing.",
        ),
        io.String.Input(
            "output_name",
            default="lipsync",
            optional=True,
            tooltip="The beginning of the film's file name: letters, digits, - and _. It does not make a new purchase.",
        ),
        io.Float.Input(
            "max_cost_usd",
            default=0.0,
            min=0.0,
            max=10_000.0,
            step=0.01,
            round=0.01,
            optional=True,
            tooltip="Refuse this job if it would cost more, before anything is sent. 0: only the limit for 24 hours counts.",
        ),
        io.String.Input(
            "project_id",
            default="",
            optional=True,
            advanced=True,
            tooltip="A project of your Sync organisation in which the job is to appear. Usually empty.",
        ),
    ]


def wait_limit_input(beginning: str) -> io.Input:
    return io.Int.Input(
        "wait_limit_s",
        default=0,
        min=0,
        max=7 * 24 * 3600,
        optional=True,
        advanced=True,
        tooltip=f"Stop waiting after so many seconds from {beginning}. Nothing is lost: queue again to go on waiting. 0: no limit.",
    )


def waiting_widgets() -> list[io.Input]:
    return [
        wait_limit_input("the submission"),
        io.Combo.Input(
            "on_failure",
            options=[STOP, SKIP],
            default=STOP,
            optional=True,
            tooltip="For lists. stop: the first failure ends the run, what was bought stays bought. skip: the clip is left out, its "
            "reason stands on the node.",
        ),
    ]


def model_input() -> io.Input:
    models = models_of(CHOICES[0].service)
    return io.DynamicCombo.Input(
        "model",
        options=[io.DynamicCombo.Option(model.name, [_widget(OPTIONS[name]) for name in model.options()]) for model in models],
        optional=True,
        tooltip="\n".join(f"{model.name}: {model.advice} {_price(model.price)}, {model.usual_wait}." for model in models),
    )


def _price(price: object) -> str:
    per_frame = getattr(price, "usd_per_frame", None)
    return f"{per_frame * 25:.3f} USD a second at 25 fps" if per_frame else "price on request"


def _widget(option: Option) -> io.Input:
    common = {"optional": True, "tooltip": option.tooltip}
    if option.kind is Kind.NUMBER:
        return io.Float.Input(option.name, default=option.default, min=option.minimum, max=option.maximum, step=0.01, round=0.01, **common)
    if option.kind is Kind.FLAG:
        return io.Boolean.Input(option.name, default=option.default, **common)
    if option.kind is Kind.TEXT:
        return io.String.Input(option.name, default="", **common)
    unset = [] if option.default else [FOLLOW_THE_VIDEO]
    return io.Combo.Input(option.name, options=[*unset, *option.choices], default=option.default or FOLLOW_THE_VIDEO, **common)


def model_choice(model: object) -> tuple[str, dict[str, object]]:
    """(model, its options) from what ComfyUI hands over: a dict, or nothing where an old graph names a model that is gone."""
    if not isinstance(model, dict):
        return str(model or ""), {}
    options = {name: None if value == FOLLOW_THE_VIDEO else value for name, value in model.items() if name != "model"}
    return str(model.get("model", "")), options
