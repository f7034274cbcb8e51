"""Links that expire: signed when they are handed out, for the origin that asks, and stored nowhere."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from urllib.parse import urlencode

from aiohttp import web

from .. import clock
from .store import Store


class Links:
    """Signs paths with a secret that outlives the process, so that a restart breaks no link."""

    def __init__(self, store: Store) -> None:
        if store.fact("link_secret") is None:
            store.remember("link_secret", secrets.token_hex(32))
        self._secret = str(store.fact("link_secret")).encode()

    def sign(self, origin: str, path: str, *, lifetime_s: float, purpose: str = "GET") -> str:
        """`path` as an absolute link that is good for `lifetime_s` and for one purpose."""
        expires = f"{clock.now() + lifetime_s:.3f}"
        query = urlencode({"X-Amz-Expires": expires, "X-Amz-Signature": self._signature(path, expires, purpose)})
        return f"{origin}{path}?{query}"

    def token(self, path: str, *, lifetime_s: float) -> str:
        """The same as one opaque word."""
        expires = f"{clock.now() + lifetime_s:.3f}"
        return f"{expires}-{self._signature(path, expires, 'token')}"

    def problem(self, request: web.Request, *, purpose: str = "GET") -> str | None:
        """Why the link does not open what is asked for, or None if it does."""
        expires = request.query.get("X-Amz-Expires", "")
        return self._problem(request.path, expires, request.query.get("X-Amz-Signature", ""), purpose)

    def token_problem(self, path: str, token: str) -> str | None:
        expires, _, signature = token.partition("-")
        return self._problem(path, expires, signature, "token")

    def _problem(self, path: str, expires: str, signature: str, purpose: str) -> str | None:
        if not hmac.compare_digest(signature.encode(), self._signature(path, expires, purpose).encode()):
            return "SignatureDoesNotMatch"
        return "Request has expired" if clock.now() > float(expires) else None

    def _signature(self, path: str, expires: str, purpose: str) -> str:
        return hmac.new(self._secret, f"{purpose}\n{path}\n{expires}".encode(), hashlib.sha256).hexdigest()


def denied(code: str, *, status: int = 403) -> web.Response:
    """How a storage refuses: in XML, not in the API's words."""
    name = code if " " not in code else "AccessDenied"
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{name}</Code><Message>{code}</Message></Error>'
    return web.Response(status=status, text=text, content_type="application/xml")
