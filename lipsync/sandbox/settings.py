"""Everything about the sandbox that can be set through `control_url/settings`, and what it is unless set.

Times and limits are those of sync-api.md 4 and segmind-api.md 5; what those pages call UNSURE is a switch, whose default is
what the vendors' SDKs need, or else the stricter reading. What begins with `segmind_` is Segmind's alone, and so are the
rates, plans and uploads that do not Sync's.
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


def _at_least_or_none(minimum: float, default: Any) -> Any:
    """The same, or no value at all; numbers are of the kind of `minimum`."""
    return field(default=default, metadata={"minimum": minimum, "like": minimum})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Durations in seconds of `clock`, sizes in bytes, rates per minute and key unless the name says otherwise."""

    plan: str = _one_of("Creator", *(plan.name for plan in PLANS if plan.name != "Creator"))
    slots: int | None = _at_least_or_none(0, None)  # jobs at once; None: as many as the plan has
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
    long_poll_s: float = _at_least(0, 10.0)  # how long a question is held at the longest, whatever it asks for
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

    # Segmind: the account (segmind-api.md 4.4, 5)
    segmind_credits: float | None = _at_least_or_none(0.0, 100.0)  # of every key that has none of its own; None: no account to speak of
    segmind_free_credits: float = _at_least(0, 0.0)
    segmind_spend_limit_usd: float | None = _at_least_or_none(0.0, None)
    segmind_forbidden: tuple[str, ...] = ()  # slugs that answer 403
    segmind_retired: tuple[str, ...] = ()  # slugs that answer 410
    segmind_requests_per_minute: int = _at_least(0, 60)  # submits and balances, and polls if they count
    segmind_polls: str = _one_of("uncounted", "counted")
    segmind_reset_form: str = _one_of("iso", "seconds", "milliseconds")  # of x-rate-limit-reset-at-utc
    segmind_key_refusal: str = _one_of("text", "code")
    # its prices (2.1, 2.2, 6)
    segmind_lipsync_2_pro_usd_per_s: float = _at_least(0, 0.084)
    segmind_react_1_usd_per_s: float = _at_least(0, 0.15)
    segmind_billed_length: str = _one_of("video", "longest")
    # its checks (4.2, 6)
    segmind_unknown_parameters: str = _one_of("ignored", "refused")
    segmind_null_parameters: str = _one_of("refused", "ignored")
    segmind_bad_value: str = _one_of("bad_request", "server_error", "as_failed")  # a range or type; a bad enum is 406
    segmind_react_parameters: str = _one_of("checked", "unchecked")
    segmind_react_limit_s: float | None = _at_least_or_none(0.0, 15.0)
    segmind_unreachable_media: str = _one_of("as_failed", "at_submit")
    segmind_redirecting_media: str = _one_of("followed", "refused")
    segmind_data_url_media: str = _one_of("refused", "fetched")
    # its uploads (3)
    segmind_upload_bytes: int = _at_least(1, 200_000_000)  # of the files in one call: 413 above
    segmind_upload_answer: str = _one_of("file_urls", "urls", "array", "url")
    segmind_asset_s: float | None = _at_least_or_none(0.0, None)  # how long an upload stays; None: for ever
    # its answers (1.3, 1.4)
    segmind_failed_status: int = _one_of(422, 200)
    segmind_processing_state: str = "PROCESSING"  # new words may come
    segmind_running_result_status: int = _one_of(200, 202)
    segmind_output: str = _one_of("both", "output", "video", "json")
    segmind_metrics: str = _one_of("full", "inference_time")
    segmind_record_delay_s: float = _at_least(0, 0.0)  # from the submission until status and result know of it
    segmind_record_s: float = _at_least(0, 3600.0)  # how long status and result answer, from the submission on
    segmind_film_s: float = _at_least(0, 7 * DAY_S)
    segmind_run_answer: str = _one_of("film", "polling")  # of v1
    segmind_run_s: float = _at_least(0, 600.0)  # how long v1 waits: 504 above
    # its history (1.4)
    segmind_history: str = _one_of("whole", "unavailable")
    segmind_history_delay_s: float = _at_least(0, 0.0)  # between a submission and its row
    segmind_history_leaves_out: tuple[str, ...] = ()  # ids, or parts of bodies, of rows that never come
    segmind_history_list: str = _one_of("data", "requests", "results", "history", "items")  # where the rows are in the answer
    segmind_history_body: str = _one_of("object", "text")

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
        if isinstance(default, tuple):
            return self._texts(name, value)
        if value is None and "like" in rule:
            return None
        default = rule.get("like", default)
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

    def _texts(self, name: str, value: Any) -> tuple[str, ...]:
        if not isinstance(value, (list, tuple)) or not all(isinstance(text, str) for text in value):
            raise BadSetting(f"{name} must be a list of texts")
        if name == "missing_paths" and (unknown := sorted(set(value) - self._paths)):
            raise BadSetting(f"missing_paths names no route of the sandbox: {', '.join(unknown)}")
        return tuple(value)
