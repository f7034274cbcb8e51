"""Planned faults: which operation goes wrong, how, and how often. Planned through `control_url/faults`, kept in the store."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .store import Json, Store

_JOB_STATES = ("PENDING", "PROCESSING", "FAILED", "REJECTED")
_ANY: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of fault: its parameters with their defaults, and the operations that can have it (none: all)."""

    parameters: Mapping[str, Any]
    operations: tuple[str, ...] = _ANY
    wire: bool = True  # done to the exchange itself; the others are done by the handler that knows what it accepts


KINDS: dict[str, Kind] = {
    # An answer in place of the right one; with `accepted` it is given after the work was done.
    "error": Kind(parameters={"status": 500, "error_code": None, "message": None, "headers": {}, "body": None, "accepted": False}),
    "html": Kind(parameters={"status": 502, "accepted": False}),
    "drop_before": Kind(parameters={}),
    "drop_after": Kind(parameters={}),
    "slow": Kind(parameters={"delay_s": 5.0}),
    "truncated": Kind(parameters={"after_bytes": None}),
    "wrong_length": Kind(parameters={"length_delta": 100}),
    "garbage": Kind(parameters={}),
    "expired": Kind(parameters={}, operations=("result", "storage", "put", "batch_result", "segmind_asset", "segmind_film")),
    "no_output_url": Kind(
        parameters={},
        operations=("get", "get_in_organisation", "list", "create", "segmind_result", "segmind_poll", "segmind_past_request"),
    ),
    # What becomes of the job. PENDING and PROCESSING: it never leaves that state.
    "outcome": Kind(
        parameters={"status": "FAILED", "error_code": None, "message": None},
        operations=("create", "batch_create", "segmind_submit", "segmind_run"),
        wire=False,
    ),
    "outcome_unknown": Kind(parameters={"accepted": True, "names_generation": False}, operations=("create",), wire=False),
}

_COMMON: dict[str, Any] = {"operation": "", "kind": "", "times": 1, "skip": 0, "match": ""}


class BadFault(ValueError):
    """A plan that `control_url/faults` refuses."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One plan. It strikes requests whose path, query or JSON contains `match`, after letting `skip` of them pass,
    `times` times (None: for ever)."""

    id: int = 0
    operation: str
    kind: str
    times: int | None = 1
    skip: int = 0
    match: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.parameters[name]


def parse(plan: object, operations: Mapping[str, frozenset[str]]) -> Fault:
    """A fault from what was posted; `operations` are those there are, each with the error codes that it knows.

    Raises BadFault for every name or value that is not exactly known.
    """
    if not isinstance(plan, dict):
        raise BadFault("a fault is a JSON object")
    kind = KINDS.get(plan.get("kind", ""))
    if kind is None:
        raise BadFault(f"kind must be one of {', '.join(KINDS)}, not {plan.get('kind')!r}")
    if plan.get("operation") not in (kind.operations or operations):
        allowed = ", ".join(sorted(kind.operations or operations))
        raise BadFault(f"operation of {plan['kind']} must be one of {allowed}, not {plan.get('operation')!r}")
    if unknown := sorted(set(plan) - set(_COMMON) - set(kind.parameters)):
        raise BadFault(f"{plan['kind']} has no {', '.join(unknown)}")
    common = {**_COMMON, **{name: plan[name] for name in _COMMON if name in plan}}
    parameters = {name: plan.get(name, default) for name, default in kind.parameters.items()}
    _check_common(common)
    _check_parameters(plan["kind"], parameters, operations[plan["operation"]])
    return Fault(**common, parameters=parameters)


def _is_count(value: object, minimum: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= minimum


def _check_common(common: Mapping[str, Any]) -> None:
    if common["times"] is not None and not _is_count(common["times"], 1):
        raise BadFault("times must be a number from 1, or null for ever")
    if not _is_count(common["skip"], 0):
        raise BadFault("skip must be a number from 0")
    if not isinstance(common["match"], str):
        raise BadFault("match must be text")


_RULES: dict[str, tuple[Any, str]] = {
    "accepted": (lambda value: isinstance(value, bool), "true or false"),
    "names_generation": (lambda value: isinstance(value, bool), "true or false"),
    "delay_s": (lambda value: isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0, "seconds"),
    "after_bytes": (lambda value: value is None or _is_count(value, 0), "a number of bytes, or null for half of them"),
    "length_delta": (lambda value: isinstance(value, int) and value != 0, "a number of bytes other than 0"),
    "headers": (
        lambda value: isinstance(value, dict) and all(isinstance(text, str) for pair in value.items() for text in pair),
        "an object of texts",
    ),
    "message": (
        lambda value: value is None or isinstance(value, str) or (isinstance(value, list) and all(isinstance(m, str) for m in value)),
        "text or a list of texts",
    ),
    "body": (lambda value: value is None or isinstance(value, (dict, list)), "JSON"),
}


def _check_parameters(kind: str, parameters: Mapping[str, Any], codes: frozenset[str]) -> None:
    for name, value in parameters.items():
        fits, allowed = _RULES.get(name, (lambda _: True, ""))
        if not fits(value):
            raise BadFault(f"{name} must be {allowed}, not {value!r}")
    status, code = parameters.get("status"), parameters.get("error_code")
    if kind == "outcome" and status not in _JOB_STATES:
        raise BadFault(f"status of an outcome must be one of {', '.join(_JOB_STATES)}, not {status!r}")
    if kind in ("error", "html") and status not in range(400, 600):
        raise BadFault(f"status must be an HTTP status from 400 to 599, not {status!r}")
    if code is not None and code not in codes:
        raise BadFault(f"error_code {code!r} is not in the service's catalogue")


class FaultBook:
    """The plans that are still to strike, oldest first."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def plan(self, fault: Fault) -> int:
        text = json.dumps({**{name: getattr(fault, name) for name in _COMMON}, "parameters": fault.parameters})
        made = self._store.run("INSERT INTO faults (plan, skip, remaining) VALUES (?, ?, ?)", (text, fault.skip, fault.times))
        return int(made.lastrowid or 0)

    def clear(self) -> None:
        self._store.run("DELETE FROM faults")

    def as_json(self) -> list[Json]:
        rows = self._store.all("SELECT * FROM faults WHERE remaining IS NULL OR remaining > 0 ORDER BY id")
        listed = []
        for row in rows:
            plan = json.loads(row["plan"])
            parameters = plan.pop("parameters")
            listed.append({"id": row["id"], **plan, **parameters, "skip": row["skip"], "remaining": row["remaining"]})
        return listed

    def take_wire(self, operation: str, text: str) -> Fault | None:
        """The fault that strikes this exchange, if any; it counts as having struck. `text` is what `match` is looked for in."""
        return self._take(operation, text, frozenset(name for name, kind in KINDS.items() if kind.wire))

    def take(self, kind: str, operation: str, text: str) -> Fault | None:
        """The same for a fault that is not of the wire."""
        return self._take(operation, text, frozenset({kind}))

    def _take(self, operation: str, text: str, kinds: frozenset[str]) -> Fault | None:
        for row in self._store.all("SELECT * FROM faults WHERE remaining IS NULL OR remaining > 0 ORDER BY id"):
            fault = Fault(id=row["id"], **json.loads(row["plan"]))
            if fault.operation != operation or fault.kind not in kinds or fault.match not in text:
                continue
            if row["skip"] > 0:
                self._store.run("UPDATE faults SET skip = skip - 1 WHERE id = ?", (fault.id,))
                continue
            self._store.run("UPDATE faults SET remaining = remaining - 1 WHERE id = ?", (fault.id,))
            return fault
        return None
