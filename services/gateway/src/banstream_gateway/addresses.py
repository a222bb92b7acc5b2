"""IP addresses on their way in: hashed for looking up, sealed for infractions, never passed on raw."""

from functools import lru_cache

from banstream_contracts.players import address_token
from banstream_contracts.sealed import SealedAddress
from banstream_privacy.addresses import address_hash, canonical_address
from banstream_privacy.transit import seal

_RECENT = 8192


class Addresses:
    """Reads addresses and names with the deployment's keys. Raises InvalidAddress."""

    def __init__(self, address_key: bytes, sealing_public_key: bytes, *, seal_names: bool) -> None:
        self._address_key = address_key
        self._sealing_public_key = sealing_public_key
        self.seal_names = seal_names
        self._recent = lru_cache(_RECENT)(self._token)

    def token(self, text: str) -> str:
        """The KV key of an address; players come again, so the last ones are kept, in this process's memory alone."""
        return self._recent(text)

    def _token(self, text: str) -> str:
        return address_token(address_hash(self._address_key, canonical_address(text)))

    def sealed_address(self, text: str) -> SealedAddress:
        """What a command carries of an address."""
        address = canonical_address(text)
        return SealedAddress(
            hash=address_hash(self._address_key, address), sealed=seal(self._sealing_public_key, address)
        )

    def sealed_text(self, text: str) -> str:
        """What a command carries of what somebody writes."""
        return seal(self._sealing_public_key, text)

    def sealed_name(self, name: str) -> str:
        """What a command carries of a name where names are personal data."""
        return seal(self._sealing_public_key, name)
