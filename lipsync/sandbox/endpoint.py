"""Where the sandbox of a folder answers: written down by the server, read by whoever needs it."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from pathlib import Path

from .segmind.paths import PREFIX as SEGMIND_PREFIX

HOST = "127.0.0.1"
ENDPOINT = "endpoint.json"
_ANSWER_S = 5.0  # real seconds: another process has no fast clock


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """Where a sandbox answers: the services themselves (without /v1 and /v2; Segmind has three hosts), and its back door."""

    sync_url: str
    segmind_url: str
    segmind_storage_url: str
    segmind_history_url: str
    control_url: str

    def url_of(self, service: str) -> str:
        """Where one of the two services answers."""
        return {"sync": self.sync_url, "segmind": self.segmind_url}[service]

    @classmethod
    def at(cls, port: int) -> Addresses:
        origin = f"http://{HOST}:{port}"
        segmind = f"{origin}{SEGMIND_PREFIX}"
        return cls(
            sync_url=origin,
            segmind_url=segmind,
            segmind_storage_url=segmind,
            segmind_history_url=segmind,
            control_url=f"{origin}/control",
        )


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Addresses, and which sandbox is expected to answer there."""

    addresses: Addresses
    identity: str


def read_endpoint(state_dir: Path) -> Endpoint | None:
    """Where the sandbox of `state_dir` answers, or last did."""
    try:
        written = json.loads((state_dir / ENDPOINT).read_text(encoding="utf-8"))
        return Endpoint(addresses=Addresses.at(written["port"]), identity=written["identity"])
    except (OSError, ValueError, KeyError):
        return None


def port_of(endpoint: Endpoint | None) -> int | None:
    return int(endpoint.addresses.sync_url.rpartition(":")[2]) if endpoint else None


def answers(endpoint: Endpoint) -> bool:
    """Whether the very sandbox that `endpoint` means is there. Asks directly, whatever proxy the environment names."""
    connection = http.client.HTTPConnection(HOST, port_of(endpoint), timeout=_ANSWER_S)
    try:
        connection.request("GET", "/control")
        told = json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError):
        return False
    finally:
        connection.close()
    return isinstance(told, dict) and told.get("sandbox") == endpoint.identity
