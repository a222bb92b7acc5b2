"""iphub.info, API v2: `GET /ip/<address>` with the header X-Key; `block` 0 residential, 1 not, 2 both."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from yarl import URL

from banstream_gateway.vpn.asking import LONGEST_REST_SECONDS, Http
from banstream_gateway.vpn.providers import ProviderFailed
from banstream_gateway.vpn.verdicts import Address, Opinion, ProviderName, two_letters

_OK, _REFUSED = 200, frozenset({401, 403})
_MEANINGS = {0: "residential or business", 1: "not residential", 2: "residential and not residential"}


@dataclass(frozen=True, slots=True)
class Iphub:
    """See `providers.Provider`."""

    name: ClassVar[ProviderName] = "iphub"

    http: Http
    url: URL
    key: str

    async def opinion(self, address: Address) -> Opinion:
        """Block 1 is a VPN: hosts are not told from VPNs. Block 2 is dubious."""
        status, answer = await self.http.get(self.url / "ip" / address.compressed, {"X-Key": self.key})
        if status in _REFUSED:
            raise ProviderFailed("the key is refused", LONGEST_REST_SECONDS)
        if status != _OK:
            raise ProviderFailed(f"status {status}")
        block = answer.get("block") if isinstance(answer, Mapping) else None
        if not isinstance(answer, Mapping) or type(block) is not int or block not in _MEANINGS:
            raise ProviderFailed("an answer without a block")
        return Opinion(
            is_vpn=block == 1,
            is_dubious=block == 2,  # noqa: PLR2004 - as the API page says
            country=two_letters(answer.get("countryCode")),
            why=f"iphub says {_MEANINGS[block]}",
        )

    async def close(self) -> None:
        """See `providers.Provider`."""
        await self.http.close()
