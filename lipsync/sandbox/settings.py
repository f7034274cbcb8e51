"""Everything about the sandbox that can be set through `control_url/settings`, and what it is unless set.

Times and limits are those of sync-api.md 4; what that page calls UNSURE is a switch, whose default is what the vendors'
SDK needs, or else the stricter reading.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from ..catalogue import PLANS, Plan
from .store import Json, Store

GIB = 1024**3
DAY_S = 86400.0


def _one_of(default: Any, *others: Any) -> Any:
    return field(default=default, metadata={"choices": (default, *others)})


def _at_least(minimum: float, default: Any) -> Any:
    return field(default=default, metadata={"minimum": minimum})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Durations in seconds of `clock`, sizes in bytes, rates per minute and key unless the name says otherwise."""

    plan: str = _one_of("Creator", *(plan.name for plan in PLANS if plan.name != "Creator"))
    slots: int | None = _at_least(0, None)  # jobs at once; None: as many as the plan has
    batch_slots: int = _at_least(0, 3)
    pending_s: float = _at_least(0, 1.0)
    processing_s: float = _at_least(0, 3.0)
    accept_s: float = _at_least(0, 0.0)  # between a create's arrival and its acceptance: room for concurrent duplicates
    creates_per_minute: int = _at_least(0, 60)
    reads_per_minute: int = _at_least(0, 600)
    uploads_per_minute: int = _at_least(0, 120)
    speeches_per_minute: int = _at_least(0, 60)
    clones_per_hour: int = _at_least(0, 10)
    clone_limit: int = _at_least(0, 10)
    max_file_bytes: int = _at_least(1, 5 * GIB)  # of the plan: 422 above
    multipart_file_bytes: int = _at_least(1, 5 * GIB)  # of the form parser: 413 above; 20 MB in older documents
    batch_min_lines: int = _at_least(1, 20)
    batch_max_lines: int = _at_least(1, 500)
    upload_link_s: float = _at_least(0, 3600.0)
    output_link_s: float = _at_least(0, 7 * DAY_S)  # how long `outputUrl` redirects
    storage_link_s: float = _at_least(0, 3600.0)  # how long what it redirects to can be opened
    download_link_s: float = _at_least(0, 7 * DAY_S)
    idempotency_retention_s: float = _at_least(0, DAY_S)
    # UNSURE in sync-api.md: 1.3
    replay_status: int = _one_of(201, 200)
    conflict_status: int = _one_of(409, 422)
    conflict_code: str = "IDEMPOTENCY_KEY_CONFLICT"
    conflict_names_generation: bool = False
    in_progress_code: str = "IDEMPOTENCY_IN_PROGRESS"
    idempotency_compares: str = _one_of("bytes", "json")
    refusal_consumes_key: bool = False
    # 2.1, 2.2
    unknown_fields: str = _one_of("tolerated", "refused")
    unreachable_media: str = _one_of("at_create", "as_failed")
    output_file_name: str = _one_of("checked", "sanitized")
    boxes_mismatch: str = _one_of("refused", "accepted")
    segment_overlap: str = _one_of("refused", "accepted")
    # 2.7 to 2.11
    estimate_shape: str = _one_of("object", "array")
    analyze_shape: str = _one_of("array", "object")
    tts_jobs: str = _one_of("enabled", "not_enabled")
    webhook_on_rejected: bool = False
    # 3.3, 4.3
    silence_picture: str = _one_of("hold", "loop")
    silent_video: str = _one_of("accepted", "refused")
    # 2.0: "METHOD /path" of a route that answers 404 as if it did not exist
    missing_paths: tuple[str, ...] = ("GET /v2/generate", "POST /v2/generate/upload", "POST /v2/generate/batch")

    @property
    def plan_facts(self) -> Plan:
        return next(plan for plan in PLANS if plan.name == self.plan)

    @property
    def concurrency(self) -> int | None:
        """Jobs at once; None for no limit."""
        return self.plan_facts.concurrency if self.slots is None else self.slots

    @property
    def watermark(self) -> bool:
        return self.plan in ("Free", "Hobbyist")

    @property
    def batches(self) -> bool:
        return self.plan in ("Scale", "Enterprise")


class BadSetting(ValueError):
    """A name or value that `control_url/settings` refuses."""


class SettingsBook:
    """The settings in force, remembered across restarts."""

    def __init__(self, store: Store, paths: frozenset[str]) -> None:
        self._store = store
        self._paths = paths
        self.current = self._checked(store.fact("settings") or {})

    def change(self, values: Mapping[str, Any]) -> Settings:
        """Set what `values` names and keep the rest. Raises BadSetting, having changed nothing."""
        self.current = self._checked({**asdict(self.current), **values})
        self._store.remember("settings", self.as_json())
        return self.current

    def reset(self) -> Settings:
        self._store.remember("settings", {})
        self.current = Settings()
        return self.current

    def as_json(self) -> Json:
        return asdict(self.current)

    def _checked(self, values: Mapping[str, Any]) -> Settings:
        known = {setting.name: setting for setting in fields(Settings)}
        if unknown := sorted(set(values) - set(known)):
            raise BadSetting(f"unknown setting {', '.join(unknown)}")
        checked = {name: self._value(name, value, known[name].default, known[name].metadata) for name, value in values.items()}
        return replace(Settings(), **checked)

    def _value(self, name: str, value: Any, default: Any, rule: Mapping[str, Any]) -> Any:
        if name == "missing_paths":
            return self._path_list(value)
        if name == "slots" and value is None:
            return None
        if isinstance(default, bool) or isinstance(value, bool):
            fits = isinstance(default, bool) and isinstance(value, bool)
        elif isinstance(default, str):
            fits = isinstance(value, str)
        else:
            fits = isinstance(value, (int, float) if isinstance(default, float) else int)
        if not fits:
            raise BadSetting(f"{name} must be of the kind of {default!r}, not {value!r}")
        if "choices" in rule and value not in rule["choices"]:
            raise BadSetting(f"{name} must be one of {', '.join(map(str, rule['choices']))}, not {value!r}")
        if "minimum" in rule and value < rule["minimum"]:
            raise BadSetting(f"{name} must be at least {rule['minimum']}, not {value!r}")
        return value

    def _path_list(self, value: Any) -> tuple[str, ...]:
        if not isinstance(value, (list, tuple)) or not all(isinstance(path, str) for path in value):
            raise BadSetting("missing_paths must be a list of 'METHOD /path'")
        if unknown := sorted(set(value) - self._paths):
            raise BadSetting(f"missing_paths names no route of the sandbox: {', '.join(unknown)}")
        return tuple(value)
