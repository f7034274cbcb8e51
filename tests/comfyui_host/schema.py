"""The stand-in for `comfy_api.latest.io`: node schemas, and the JSON that ComfyUI's /object_info makes of them."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, NamedTuple

FolderType = Enum("FolderType", {name: name for name in ("input", "output", "temp")}, type=str)
UploadType = Enum("UploadType", {name: f"{name}_upload" for name in ("image", "audio", "video")}, type=str)
ControlAfterGenerate = Enum("ControlAfterGenerate", {name: name for name in ("fixed", "increment", "decrement", "randomize")}, type=str)
Hidden = Enum("Hidden", {name: name.upper() for name in ("unique_id", "prompt", "extra_pnginfo", "dynprompt")}, type=str)


class Input:
    """One declared input. `keys` says what the browser gets for each argument; another argument is a TypeError, as in ComfyUI."""

    io_type, main, keys, always = "*", "", {}, {}

    def __init__(self, id: str, *main: Any, optional: bool = False, extra_dict: dict[str, Any] | None = None, **given: Any) -> None:
        given |= dict(zip([self.main], main, strict=False))
        self.io_type = ",".join(one.io_type for one in given.pop("types", [self]))
        if unknown := given.keys() - self.keys.keys():
            raise TypeError(f"{id}: an input of type {self.io_type} takes no {sorted(unknown)}")
        self.id, self.optional, self.shown = id, optional, self.always | (extra_dict or {})
        for name in (name for name, value in given.items() if value is not None):
            key = self.keys[name]
            self.shown |= key(given[name]) if callable(key) else {key: given[name]}


class Output:
    io_type = "*"

    def __init__(
        self, id: str | None = None, display_name: str | None = None, tooltip: str | None = None, is_output_list: bool = False
    ) -> None:
        self.name, self.tooltip, self.is_output_list = display_name or id or self.io_type, tooltip or None, is_output_list


class Option(NamedTuple):
    key: str
    inputs: list[Input]


def _options(options: Any) -> dict[str, Any]:
    dynamic = [{"key": one.key, "inputs": input_types(one.inputs)} for one in options if isinstance(one, Option)]
    return {"options": dynamic or [getattr(one, "value", one) for one in options]}


def _template(input: Input, prefix: str, min: int = 1, max: int = 10) -> dict[str, Any]:
    input.shown |= {"forceInput": True} if "default" in input.keys else {}
    return {"input": input_types([input]), "prefix": prefix, "min": min, "max": max}


def input_types(inputs: list[Input]) -> dict[str, dict[str, Any]]:
    """The inputs as the browser gets them, required ones first: {"required": {id: [type, options]}, "optional": ...}."""
    table: dict[str, dict[str, Any]] = {"required": {}}
    for declared in inputs:
        table.setdefault("optional" if declared.optional else "required", {})[declared.id] = [declared.io_type, declared.shown]
    return table


_UNSET = dict.fromkeys(("is_input_list", "deprecated", "experimental", "dev_only", "api_node"), False)
_UNSET |= dict.fromkeys(("output_matchtypes", "price_badge", "essentials_category"))


class Schema:
    given = {"display_name": None, "category": "sd", "description": "", "inputs": (), "outputs": (), "hidden": (), "search_aliases": None}
    flags = dict.fromkeys(("is_output_node", "has_intermediate_output", "not_idempotent"), False)

    def __init__(self, node_id: str, **given: Any) -> None:
        vars(self).update(self.given | self.flags | given, node_id=node_id)

    def input_types(self) -> dict[str, dict[str, Any]]:
        asked = [*self.hidden, *([Hidden.prompt, Hidden.extra_pnginfo] if self.is_output_node else [])]
        return input_types(self.inputs) | ({"hidden": {one.name: [one.value] for one in asked}} if asked else {})

    def info(self, python_module: str) -> dict[str, Any]:
        """The node's entry of /object_info."""
        table = self.input_types()
        same = ("display_name", "category", "description", "search_aliases", "has_intermediate_output")
        outputs = {"output_name": "name", "output": "io_type", "output_is_list": "is_output_list", "output_tooltips": "tooltip"}
        return (
            {"input": table, "input_order": {group: list(members) for group, members in table.items()}}
            | {key: [getattr(output, attribute) for output in self.outputs] for key, attribute in outputs.items()}
            | {"name": self.node_id, "python_module": python_module, "output_node": self.is_output_node}
            | {key: getattr(self, key) for key in same}
            | _UNSET
        )


class ComfyNode:
    hidden: Any = None  # filled in for each run, on a subclass made for that run


class NodeOutput:
    def __init__(self, *args: Any, ui: Any = None, block_execution: str | None = None) -> None:
        self.args, self.ui, self.block_execution = args, ui, block_execution


def Custom(io_type: str, *extra: str, main: str = "", always: Any = None, **renamed: str | Callable) -> type:
    """A type of wire: its `Input` takes the usual arguments and those named here, `renamed` ones under another key."""
    usual = {key: key for key in ("display_name", "tooltip", "lazy", "advanced", *extra)} | {"raw_link": "rawLink"}
    made = type("Input", (Input,), {"io_type": io_type, "keys": usual | renamed, "main": main, "always": always or {}})
    return type(io_type, (), {"io_type": io_type, "Type": Any, "Input": made, "Output": type("Output", (Output,), {"io_type": io_type})})


_WIDGET = ("default", "socketless")
_NUMBER = (*_WIDGET, "min", "max", "step")
_FORCE = {"force_input": "forceInput"}
Boolean = Custom("BOOLEAN", *_WIDGET, "label_on", "label_off", **_FORCE)
Int = Custom("INT", *_NUMBER, "control_after_generate", display_mode="display", **_FORCE)
Float = Custom("FLOAT", *_NUMBER, "round", display_mode="display", **_FORCE)
String = Custom("STRING", *_WIDGET, "multiline", "placeholder", always={"multiline": False}, dynamic_prompts="dynamicPrompts", **_FORCE)
_UPLOAD = {"upload": lambda kind: {kind.value: True}}
Combo = Custom("COMBO", *_WIDGET, "control_after_generate", always={"multiselect": False}, main="options", options=_options, **_UPLOAD)
Image, Mask, Audio, Video, AnyType = (Custom(name) for name in ("IMAGE", "MASK", "AUDIO", "VIDEO", "*"))
MultiType = Custom("COMFY_MULTITYPED_V3", main="types")
BoundingBox = Custom("BOUNDING_BOX", always={"socketless": True, "default": {"x": 0, "y": 0, "width": 512, "height": 512}}, **_FORCE)
DynamicCombo, DynamicCombo.Option = Custom("COMFY_DYNAMICCOMBO_V3", main="options", options=_options), Option
Autogrow, Autogrow.TemplatePrefix = Custom("COMFY_AUTOGROW_V3", "template", main="template"), staticmethod(_template)
