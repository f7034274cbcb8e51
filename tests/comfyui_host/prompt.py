"""What the values of a prompt mean to a node: the inputs it then has, and whether ComfyUI would take the values."""

from __future__ import annotations

import inspect
from typing import Any, NamedTuple

_CONVERT = {"INT": int, "FLOAT": float, "STRING": str, "BOOLEAN": bool}


class _Live(NamedTuple):
    required: bool
    kind: str
    options: dict[str, Any]
    path: str  # where the value goes among the arguments: "model.temperature"


def live_inputs(table: dict[str, Any], given: dict[str, Any], prefix: str = "") -> dict[str, _Live]:
    """The inputs that a node has for the values given, by dotted key, dynamic ones unfolded."""
    live: dict[str, _Live] = {}
    for required, group in ((True, "required"), (False, "optional")):
        for name, (kind, options) in table.get(group, {}).items():
            key = prefix + name
            if kind == "COMFY_DYNAMICCOMBO_V3":
                for chosen in [option for option in options["options"] if option["key"] == given.get(key)]:
                    live[key] = _Live(required, kind, options, f"{key}.{name}")
                    live |= live_inputs(chosen["inputs"], given, f"{key}.")
            elif kind == "COMFY_AUTOGROW_V3":
                template = options["template"]
                group, *_ = (group for group, members in template["input"].items() if members)
                spec = next(iter(template["input"][group].values()))
                for i, grown in enumerate(f"{key}.{template['prefix']}{i}" for i in range(template["max"])):
                    live[grown] = _Live(group == "required" and i < template["min"], *spec, grown if grown in given else "")
                live[key] = _Live(False, kind, options, f"{key}.")
            else:
                live[key] = _Live(required, kind, options, key)
    return live


def arguments(live: dict[str, _Live], values: dict[str, Any]) -> dict[str, Any]:
    """`values` by dotted key, as the nested arguments that a node's methods get: a nested value that is absent comes as None."""
    nested: dict[str, Any] = {}
    for key, one in live.items():
        parent, _, name = one.path.partition(".")
        if name:
            nested.setdefault(parent, {})[name] = values.get(key)
        elif one.path.endswith("."):
            nested.setdefault(parent, {})
        elif key in values:
            nested[key] = values[key]
    return nested


def refusals(node: Any, live: dict[str, _Live], given: dict[str, Any], sent: dict[str, str]) -> list[str]:
    """Why ComfyUI would not take the values, one sentence each. Converts them to their types; `sent` has the type of each link."""
    check = getattr(node, "validate_inputs", None)
    own = inspect.signature(check).parameters if check else {}
    found = [f"Required input is missing: {key}" for key, one in live.items() if one.required and key not in given]
    for key, one in ((key, one) for key, one in live.items() if key in given):
        if isinstance(given[key], list):
            fits = "*" in (sent[key], one.kind) or set(sent[key].split(",")) & set(one.kind.split(","))
            found += [] if fits else [f"Return type mismatch between linked nodes: {key}, {sent[key]} is not {one.kind}"]
            continue
        value = given[key] = _CONVERT.get(one.kind, lambda same: same)(given[key])
        low, high = one.options.get("min", float("-inf")), one.options.get("max", float("inf"))
        if key not in own and one.kind == "COMBO" and value not in one.options["options"]:
            found.append(f"Value not in list: {key}: {value!r} not in {one.options['options']}")
        elif key not in own and one.kind in ("INT", "FLOAT") and not low <= value <= high:
            found.append(f"Value {value} of {key} is not between {low} and {high}")
    if check and not found:
        known = {key: None if isinstance(value, list) else value for key, value in given.items() if key in own and key in live}
        verdict = check(**arguments(live, known))
        found += [] if verdict is True else [f"Custom validation failed for node: {verdict}"]
    return found
