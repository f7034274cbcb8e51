"""The two services and their plans: addresses, keys, limits. Sources: sync-api.md 1 and 4, segmind-api.md 1 and 3."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MB = 1_000_000
GIB = 1024**3


@dataclass(frozen=True, kw_only=True)
class ServiceFacts:
    """What is fixed about a service. Sizes in bytes, rates per minute."""

    id: str
    title: str
    base_url: str
    hosts: Mapping[str, str]
    base_url_variable: str
    key_variable: str
    keys_page: str
    billing_page: str
    status_page: str
    max_upload_bytes: int
    max_width: int
    max_height: int
    min_side: int
    creates_per_minute: int
    reads_per_minute: int
    audio_types: tuple[str, ...]
    script_max_chars: int | None
    has_assets: bool
    has_projects: bool
    """Whether media in the account have ids by which a request can name them."""


SERVICES: dict[str, ServiceFacts] = {
    "sync": ServiceFacts(
        id="sync",
        title="Sync",
        base_url="https://api.sync.so",
        hosts={},
        base_url_variable="SYNC_BASE_URL",
        key_variable="SYNC_API_KEY",
        keys_page="sync.so/settings/api-keys",
        billing_page="sync.so/settings/billing",
        status_page="status.sync.so",
        max_upload_bytes=5 * GIB,
        max_width=4096,
        max_height=2160,
        min_side=16,
        creates_per_minute=60,
        reads_per_minute=600,
        audio_types=("audio/wav", "audio/mpeg", "audio/ogg", "audio/flac"),
        script_max_chars=5000,
        has_assets=True,
        has_projects=True,
    ),
    "segmind": ServiceFacts(
        id="segmind",
        title="Segmind",
        base_url="https://api.segmind.com",
        hosts={"storage": "https://workflows-api.segmind.com", "history": "https://api.spotprod.segmind.com"},
        base_url_variable="SEGMIND_BASE_URL",
        key_variable="SEGMIND_API_KEY",
        keys_page="cloud.segmind.com/console/api-keys",
        billing_page="cloud.segmind.com/billing",
        status_page="status.segmind.com",
        max_upload_bytes=200 * MB,
        max_width=4096,
        max_height=2160,
        min_side=16,
        creates_per_minute=30,
        reads_per_minute=60,
        audio_types=("audio/mpeg",),
        script_max_chars=None,
        has_assets=False,
        has_projects=False,
    ),
}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A plan of Sync: how many jobs at once, how long a film, what a discount takes off the price list, what else to know. Some
    models have a limit of their own."""

    name: str
    concurrency: int | None
    max_duration_s: float | None
    discount: float
    model_limits_s: Mapping[str, float] = field(default_factory=dict)
    remark: str = ""

    def limit_s(self, model: str) -> float | None:
        """The longest film that `model` may make; None where that is agreed by contract."""
        return self.model_limits_s.get(model, self.max_duration_s)


_FREE = "Three films a month, at most one of them with sync-3. They carry a watermark."
PLANS: tuple[Plan, ...] = (  # sync-api.md 4.1; None: agreed by contract
    Plan(name="Free", concurrency=1, max_duration_s=20, discount=0, model_limits_s={"sync-3": 15}, remark=_FREE),
    Plan(name="Hobbyist", concurrency=1, max_duration_s=60, discount=0, remark="The films carry a watermark."),
    Plan(name="Creator", concurrency=3, max_duration_s=300, discount=0),
    Plan(name="Growth", concurrency=6, max_duration_s=600, discount=0.05),
    Plan(name="Scale", concurrency=15, max_duration_s=1800, discount=0.20),
    Plan(name="Enterprise", concurrency=None, max_duration_s=None, discount=0),
)


@dataclass(frozen=True, kw_only=True)
class ServiceChoice:
    """What the `service` widget offers: a service, or its sandbox. Nothing of one is ever looked up in another."""

    label: str
    service: str
    sandbox: bool

    @property
    def facts(self) -> ServiceFacts:
        return SERVICES[self.service]


CHOICES: tuple[ServiceChoice, ...] = (
    ServiceChoice(label="Sync", service="sync", sandbox=False),
    ServiceChoice(label="Segmind", service="segmind", sandbox=False),
    ServiceChoice(label="Sync (sandbox)", service="sync", sandbox=True),
    ServiceChoice(label="Segmind (sandbox)", service="segmind", sandbox=True),
)


def plan_named(name: str) -> Plan | None:
    """The plan of Sync that is called `name`, however it is spelt, or None."""
    return next((plan for plan in PLANS if plan.name.lower() == name.strip().lower()), None)


def service_choice(label: str) -> ServiceChoice | None:
    """The choice that the widget shows as `label`, or None."""
    return next((choice for choice in CHOICES if choice.label == label), None)
