"""Addresses: what is signature, what may be shown, and what no service could fetch."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipsync.errors import LinkNotPublic
from lipsync.media.links import public_link, shown, without_signature


@pytest.mark.parametrize(
    ("signed", "content"),
    [
        (
            "https://b.s3.amazonaws.com/a.mp4?X-Amz-Algorithm=AWS4&X-Amz-Credential=k%2F1&X-Amz-Signature=ab&versionId=3",
            "https://b.s3.amazonaws.com/a.mp4?versionId=3",
        ),
        ("https://storage.googleapis.com/b/a.mp4?X-Goog-Date=1&X-Goog-Signature=ff", "https://storage.googleapis.com/b/a.mp4"),
        ("https://d.cloudfront.net/a.mp4?Expires=1&Signature=x~&Key-Pair-Id=K", "https://d.cloudfront.net/a.mp4"),
        ("https://b.s3.amazonaws.com/a?AWSAccessKeyId=A&Expires=1&Signature=x", "https://b.s3.amazonaws.com/a"),
        ("https://storage.googleapis.com/b/a?GoogleAccessId=g&Expires=1&Signature=x", "https://storage.googleapis.com/b/a"),
        (
            "https://x.blob.core.windows.net/c/a.mp4?sv=2024-01-01&st=a&se=b&sr=b&sp=r&spr=https&skoid=1&sig=abc%3D&snapshot=9",
            "https://x.blob.core.windows.net/c/a.mp4?snapshot=9",
        ),
        ("https://example.com/watch?st=10&se=20", "https://example.com/watch?st=10&se=20"),  # no `sig`, so not Azure's
        ("HTTPS://Example.COM/A.mp4?b=2&a=1#t=3", "https://example.com/A.mp4?b=2&a=1"),
    ],
)
def test_a_signature_is_not_content(signed: str, content: str) -> None:
    assert without_signature(signed) == content
    assert without_signature(content) == content


def test_what_is_shown_holds_no_secret() -> None:
    assert shown("https://user:pass@example.com:8443/a.mp4?token=secret#x") == "https://example.com:8443/a.mp4"
    assert shown("https://[broken?token=secret") == "'https://[broken'"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a.mp4",
        "http://example.com:8080/a.mp4?x=1",
        "https://8.8.8.8/a.mp4",
        "https://[2606:4700:4700::1111]/a.mp4",
        "https://xn--bcher-kva.example/a.mp4",
        "https://example.com./a.mp4",
    ],
)
def test_public_links_pass(url: str) -> None:
    public_link(url, allow_loopback=False)


PRIVATE = "its host is inside a private network"
ODD = "its host is a number that is not written as a plain IP address"
INCOMPLETE = "it is not a complete web address"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://example.com/a.mp4", "only http:// and https:// addresses can be fetched"),
        ("file:///etc/passwd", "only http:// and https:// addresses can be fetched"),
        ("example.com/a.mp4", INCOMPLETE),
        ("https:///a.mp4", INCOMPLETE),
        ("https://[::1/a.mp4", INCOMPLETE),
        ("https://example.com:99999/a.mp4", INCOMPLETE),
        ("https://example.com\\@127.0.0.1/a", INCOMPLETE),
        ("https://exam ple.com/a", INCOMPLETE),
        ("https://user:secret@example.com/a.mp4", "it contains a user name or a password"),
        ("https://localhost/a.mp4", PRIVATE),
        ("https://a.localhost/a.mp4", PRIVATE),
        ("https://nas/a.mp4", PRIVATE),
        ("https://nas.local/a.mp4", PRIVATE),
        ("https://NAS.LOCAL./a.mp4", PRIVATE),
        ("https://box.home.arpa/a.mp4", PRIVATE),
        ("https://127.0.0.1/a.mp4", PRIVATE),
        ("https://10.1.2.3/a.mp4", PRIVATE),
        ("https://192.168.1.5/a.mp4", PRIVATE),
        ("https://169.254.169.254/latest", PRIVATE),
        ("https://0.0.0.0/a.mp4", PRIVATE),
        ("https://100.64.0.1/a.mp4", PRIVATE),
        ("https://224.0.0.1/a.mp4", PRIVATE),
        ("https://[::1]/a.mp4", PRIVATE),
        ("https://[fe80::1]/a.mp4", PRIVATE),
        ("https://[fd00::1]/a.mp4", PRIVATE),
        ("https://2130706433/a.mp4", ODD),
        ("https://0x7f000001/a.mp4", ODD),
        ("https://0177.0.0.1/a.mp4", ODD),
        ("https://127.1/a.mp4", ODD),
        ("https://0x7f.1/a.mp4", ODD),
        ("https://\uff11\uff12\uff17.0.0.1/a.mp4", PRIVATE),
        ("https://127\u30020\u30020\u30021/a.mp4", PRIVATE),
        ("https://[::ffff:8.8.8.8]/a.mp4", ODD),
        ("https://[::ffff:127.0.0.1]/a.mp4", ODD),
        ("https://[64:ff9b::7f00:1]/a.mp4", ODD),
        ("https://[2002:7f00:1::]/a.mp4", ODD),
        ("https://[::127.0.0.1]/a.mp4", ODD),
        ("https://[fe80::1%25eth0]/a.mp4", INCOMPLETE),
    ],
)
def test_other_links_are_refused_with_the_reason(url: str, why: str) -> None:
    with pytest.raises(LinkNotPublic) as refusal:
        public_link(url, allow_loopback=False)
    assert f"cannot be used: {why}. Give a public https:// address, or load the file itself." in str(refusal.value)
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8188/a.mp4", "http://localhost:1/a", "http://[::1]:80/a"])
def test_the_sandbox_may_use_this_machine(url: str) -> None:
    public_link(url, allow_loopback=True)


@pytest.mark.parametrize("url", ["http://192.168.0.1/a", "http://nas/a", "http://127.1/a"])
def test_but_nothing_else_that_is_private(url: str) -> None:
    with pytest.raises(LinkNotPublic):
        public_link(url, allow_loopback=True)


@given(st.ip_addresses())
def test_every_address_is_public_or_refused(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    host = f"[{address}]" if address.version == 6 else str(address)
    try:
        public_link(f"https://{host}/a.mp4", allow_loopback=False)
    except LinkNotPublic:
        return
    assert address.is_global
    assert not address.is_multicast


@given(st.ip_addresses(v=4, network="127.0.0.0/8"), st.sampled_from(["{:d}", "0x{:x}", "0{:o}"]))
def test_no_spelling_of_loopback_gets_through(address: ipaddress.IPv4Address, spelling: str) -> None:
    with pytest.raises(LinkNotPublic):
        public_link(f"https://{spelling.format(int(address))}/a", allow_loopback=False)


@given(st.text(max_size=60))
def test_any_text_is_a_link_or_a_sentence(text: str) -> None:
    for url in (text, f"https://{text}", f"https://example.com/{text}"):
        assert isinstance(shown(url), str)
        assert without_signature(without_signature(url)) == without_signature(url)
        try:
            public_link(url, allow_loopback=False)
        except LinkNotPublic:
            continue
