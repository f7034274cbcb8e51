"""Addresses of media: what of them is content, what is signature, and whether a service out there could fetch them at all."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from urllib.parse import SplitResult, urlsplit, urlunsplit

from ..errors.media import LinkNotPublic

_SIGNATURE_PREFIXES = ("x-amz-", "x-goog-")
_SIGNATURE_NAMES = frozenset({"signature", "expires", "key-pair-id", "googleaccessid", "awsaccesskeyid"})
# Names as short as these mean other things elsewhere, so they count as a signature only beside the one that proves it: `sig`.
_AZURE_NAMES = frozenset(
    {"sig", "sv", "se", "st", "sp", "sr", "spr", "sip", "ss", "srt", "si"}
    | {"skoid", "sktid", "skt", "ske", "sks", "skv", "sdd", "saoid", "suoid", "scid"}
)

_PRIVATE_SUFFIXES = ("local", "localdomain", "internal", "intranet", "lan", "home", "corp", "private", "home.arpa")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NUMBER = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)\Z")
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f\\]")

_NOT_ADDRESS = "it is not a complete web address"
_NOT_PUBLIC = "its host is inside a private network"
_ODD_NUMBERS = "its host is a number that is not written as a plain IP address"


def without_signature(url: str) -> str:
    """`url` as the same content has it tomorrow: without fragment and signature parameters, all else as written."""
    parts = _split(url)
    if parts is None:
        return url
    pairs = [pair for pair in parts.query.split("&") if pair]
    azure = any(_name(pair) == "sig" for pair in pairs)
    kept = [pair for pair in pairs if not _is_signature(_name(pair), azure=azure)]
    host = parts.netloc.lower() if "@" not in parts.netloc else parts.netloc
    return urlunsplit((parts.scheme.lower(), host, parts.path, "&".join(kept), ""))


def shown(url: str) -> str:
    """`url` as it may appear in a message or a log: without query and credentials, either of which may be a secret."""
    parts = _split(url)
    if parts is None:
        return repr(url.partition("?")[0].rpartition("@")[2][:80])
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def public_link(url: str, *, allow_loopback: bool) -> None:
    """Raise LinkNotPublic unless a service on the internet could fetch `url`. Asks no name server.

    `allow_loopback` is for the sandbox, which runs on this machine and fetches from it.
    """
    why = _trouble(url, allow_loopback)
    if why is not None:
        raise LinkNotPublic(shown(url), why)


def _trouble(url: str, allow_loopback: bool) -> str | None:
    parts = _split(url)
    if parts is None or not parts.scheme or _UNPRINTABLE.search(url):
        return _NOT_ADDRESS
    if parts.scheme.lower() not in ("http", "https"):
        return "only http:// and https:// addresses can be fetched"
    if "@" in parts.netloc:
        return "it contains a user name or a password"
    # Resolvers read full-width digits and dots as plain ones, so they are read as plain ones here too.
    host = unicodedata.normalize("NFKC", parts.hostname or "").replace("\u3002", ".").lower()
    host = host.removesuffix(".")
    if not host or "%" in host or ".." in host or host.startswith("."):
        return _NOT_ADDRESS
    if ":" in host or _NUMBER.match(host.rpartition(".")[2]):
        return _trouble_of_number(host, allow_loopback)
    return _trouble_of_name(host, allow_loopback)


def _trouble_of_number(host: str, allow_loopback: bool) -> str | None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:  # decimal, octal, hexadecimal or shortened: 2130706433, 0177.0.0.1, 0x7f.1
        return _ODD_NUMBERS
    if isinstance(address, ipaddress.IPv6Address) and (
        address.ipv4_mapped or address.sixtofour or address.teredo or address in _NAT64 or int(address) >> 32 == 0 < int(address) >> 16
    ):
        return _ODD_NUMBERS
    if address.is_loopback and allow_loopback:
        return None
    return None if address.is_global and not address.is_multicast else _NOT_PUBLIC


def _trouble_of_name(host: str, allow_loopback: bool) -> str | None:
    if host == "localhost" or host.endswith(".localhost"):
        return None if allow_loopback else _NOT_PUBLIC
    if "." not in host or host.endswith(tuple(f".{suffix}" for suffix in _PRIVATE_SUFFIXES)):
        return _NOT_PUBLIC
    return None


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port, parts.hostname
    except ValueError:
        return None
    return parts


def _name(pair: str) -> str:
    return pair.partition("=")[0].lower()


def _is_signature(name: str, *, azure: bool) -> bool:
    return name.startswith(_SIGNATURE_PREFIXES) or name in _SIGNATURE_NAMES or (azure and name in _AZURE_NAMES)
