"""Whether a change comes from this ComfyUI's own browser tab, on the machine that runs it.

A key that a foreign page saved would send every clip to that page's owner. ComfyUI itself knows no users, its own check of origins goes
away with --enable-cors-header, and any page may post to an address of this machine, or to a name of its own that leads here. So
everything that a browser cannot be made to lie about must agree. Sources: comfyui.md 5.1; Fetch Metadata (W3C); RFC 6454.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_HOST = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(:\d{1,5})?")
_TELLING = ("host", "origin", "sec-fetch-site")
_PASSED_ON = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who sent a request: the address of the connection's other end, the scheme, and all headers by lower-case name."""

    peer: str | None
    scheme: str
    headers: Mapping[str, Sequence[str]]

    @property
    def is_own_tab(self) -> bool:
        """Whether this is our own page, or a program, on this very machine. When in doubt, it is not."""
        if any(name in self.headers for name in _PASSED_ON):
            return False  # a proxy on this machine hands on what came from elsewhere
        if any(len(self.headers.get(name, ())) > 1 for name in _TELLING):
            return False
        host, origin, site = ("".join(self.headers.get(name, ())) for name in _TELLING)
        if not _is_loopback(self.peer or "") or not _names_loopback(host):
            return False
        if "origin" not in self.headers and "sec-fetch-site" not in self.headers:
            return True  # a program: browsers send at least one of them
        return site == "same-origin" and (not origin or origin.lower() == f"{self.scheme}://{host}".lower())


def _names_loopback(host: str) -> bool:
    found = _HOST.fullmatch(host)
    name = found["name"].strip("[]").lower() if found else ""
    return name == "localhost" or _is_loopback(name)


def _is_loopback(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return (mapped or found).is_loopback
