"""What can go wrong between this machine and a service."""

from __future__ import annotations

from .tree import Billed, LipsyncError


class NoKey(LipsyncError):
    def __init__(self, *, service: str, variable: str, keys_page: str) -> None:
        super().__init__(
            f"There is no {service} key. Make one at {keys_page} and save it in ComfyUI's settings under Lip Sync, or start ComfyUI with "
            f"the environment variable {variable} set to it; or choose service '{service} (sandbox)', which needs none and costs nothing. "
            "Never put a key into a graph."
        )


class KeyRefused(LipsyncError):
    """`where` says where the user put the key."""

    def __init__(self, *, service: str, where: str, keys_page: str) -> None:
        super().__init__(
            f"{service} does not accept the key in {where}. Check that it is complete and belongs to {service}, or make a new one at "
            f"{keys_page}. Nothing was billed."
        )


class ConnectionFailed(LipsyncError):
    """No connection came about, so nothing can have been accepted. `hop` says where it broke: name, TLS, proxy, service."""

    def __init__(self, *, service: str, hop: str) -> None:
        super().__init__(
            f"{service} cannot be reached: {hop}. Check the network, the proxy settings and the service's status page, then queue again. "
            "Nothing was bought by this attempt."
        )


class NoEstimate(LipsyncError):
    """Told, never raised: the price list is at hand. `sentence` says why."""

    def __init__(self, *, service: str, sentence: str) -> None:
        super().__init__(f"{service} gives no estimate of its own now, so its prices are those of the price list. {sentence}")


class NoPriceTold(LipsyncError):
    """The service answered an estimate without a price."""

    def __init__(self, *, service: str) -> None:
        super().__init__(f"{service}'s answer has no price in US dollars, as may be on a plan that counts credits.")


class CreditsShort(LipsyncError):
    def __init__(self, *, service: str, left_usd: float, price_usd: float, billing_page: str) -> None:
        super().__init__(
            f"Your credits at {service} do not suffice: {left_usd:.2f} USD are there, and this job needs about {price_usd:.2f} USD. "
            f"Top up at {billing_page}, or trim the clip. Nothing was sent."
        )


class SandboxDown(LipsyncError):
    """The sandbox on this machine could neither be started nor reached."""

    def __init__(self, *, why: str) -> None:
        super().__init__(f"The sandbox does not run: {why}. Restart ComfyUI, and any other that shares its folder, then queue again.")


class ServiceTrouble(LipsyncError):
    """The service answered that it cannot work now (5xx), or stopped answering while it was asked something free."""

    def __init__(self, *, service: str, status_page: str, detail: str, request_id: str | None = None) -> None:
        asked = f" (request id {request_id})" if request_id else ""
        super().__init__(
            f"{service} has trouble: {detail}{asked}. See {status_page}, and queue again in a while: what is paid for is not paid again."
        )


class FilmGone(ServiceTrouble):
    """The address of a film leads nowhere any more."""


class UnexpectedAnswer(LipsyncError):
    """An answer that the contract does not know, such as an HTML page of a firewall."""

    def __init__(self, *, service: str, status: int, excerpt: str) -> None:
        super().__init__(
            f"{service} gave an answer that is not its own (HTTP {status}: {excerpt}). A proxy, a firewall or a login page may stand in "
            "between: try another network, then queue again."
        )


class ServiceRefused(LipsyncError):
    """The service refused a request, with its code. The sentence comes from the table in `sync_codes`."""

    def __init__(
        self,
        *,
        service: str,
        cause: str,
        cure: str,
        billed: Billed,
        code: str | None,
        status: int | None,
        said: str,
        request_id: str | None = None,
    ) -> None:
        named = f" [{code}]" if code else ""
        quote = f' {service} said: "{said}"' if said else ""
        super().__init__(f"{cause}{named}. {cure} {billed.value}{quote}")
        self.billed, self.code, self.status, self.request_id = billed, code, status, request_id
