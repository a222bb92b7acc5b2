"""proxycheck.io, API v2: `GET /v2/<address>?key&vpn=1&asn=1`; `status`, and under the address `proxy` and `type`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from yarl import URL

from banstream_gateway.vpn.asking import LONGEST_REST_SECONDS, Http
from banstream_gateway.vpn.providers import ProviderFailed
from banstream_gateway.vpn.verdicts import Address, Opinion, ProviderName, two_letters

_ANSWERED = ("ok", "warning")
_HOSTS = frozenset({"hosting", "business hosting"})
_LONGEST_TYPE = 40


@dataclass(frozen=True, slots=True)
class Proxycheck:
    """See `providers.Provider`."""

    name: ClassVar[ProviderName] = "proxycheck"

    http: Http
    url: URL
    key: str

    async def opinion(self, address: Address) -> Opinion:
        """`proxy: yes` is a VPN, a proxy or Tor; an address of type Hosting is a host."""
        query = {"key": self.key, "vpn": "1", "asn": "1"}
        _, answer = await self.http.get((self.url / "v2" / address.compressed).with_query(query), {})
        if not isinstance(answer, Mapping):
            raise ProviderFailed("an answer that is no object")
        if answer.get("status") == "denied":
            raise ProviderFailed("the key or its quota is refused", LONGEST_REST_SECONDS)
        found = next((each for each in answer.values() if isinstance(each, Mapping)), None)
        if answer.get("status") not in _ANSWERED or not isinstance(found, Mapping):
            raise ProviderFailed("an answer without the address")
        if found.get("proxy") not in ("yes", "no"):
            raise ProviderFailed("an answer without a proxy")
        kind = found.get("type")
        kind = kind[:_LONGEST_TYPE] if isinstance(kind, str) and kind.isprintable() else "an unknown type"
        return Opinion(
            is_vpn=found["proxy"] == "yes",
            is_hosting=kind.lower() in _HOSTS,
            country=two_letters(found.get("isocode")),
            why=f"proxycheck says {kind}, proxy {found['proxy']}",
        )

    async def close(self) -> None:
        """See `providers.Provider`."""
        await self.http.close()
