"""IP addresses on their way in: hashed for looking up, sealed for infractions, never passed on raw."""

import hmac
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256

from banstream_contracts.players import address_token
from banstream_contracts.sealed import SealedAddress
from banstream_privacy.addresses import InvalidAddress, address_hash, canonical_address, is_nobodys
from banstream_privacy.key_ring import keys_of
from banstream_privacy.transit import seal

_RECENT = 8192


class Addresses:
    """Reads addresses and names with the deployment's keys. Raises InvalidAddress.

    Of several address keys the first is used, but for an address that is restricted under one behind it:
    that one stays what it is known by until the restriction has ended (ADR 0024).
    """

    def __init__(
        self,
        address_key: bytes,
        sealing_public_key: bytes,
        *,
        seal_names: bool,
        is_held: Callable[[str], bool] = lambda _token: False,
    ) -> None:
        self._address_keys = keys_of(address_key)
        self._sealing_public_key = sealing_public_key
        self.seal_names = seal_names
        self._is_held = is_held
        self._recent = lru_cache(_RECENT)(self._tokens)

    def token(self, text: str) -> str:
        """The KV key of an address; players come again, so the last ones are kept, in this process's memory alone.

        Raises InvalidAddress for one that is nobody's too: nothing is restricted by it.
        """
        tokens = self._recent(text)
        if not tokens:
            raise InvalidAddress("no player comes from an unspecified, multicast or broadcast address")
        return tokens[0] if len(tokens) == 1 else self._chosen(tokens)

    def tokens(self, text: str) -> tuple[str, ...]:
        """Every KV key that an address may be restricted under; none of one that is nobody's."""
        return self._recent(text)

    def sealed_address(self, text: str) -> SealedAddress:
        """What a command carries of an address."""
        _, _, hashed = self.token(text).partition("=")
        return SealedAddress(hash=hashed, sealed=seal(self._sealing_public_key, canonical_address(text)))

    def sealed_text(self, text: str) -> str:
        """What a command carries of what somebody writes."""
        return seal(self._sealing_public_key, text)

    def sealed_name(self, name: str) -> str:
        """What a command carries of a name where names are personal data."""
        return seal(self._sealing_public_key, name)

    def digest(self, text: str) -> str:
        """Tells whether a text that may hold an address is the same as before, and nothing else of it."""
        return hmac.digest(self._address_keys[0], f"digest\n{text}".encode(), sha256).hex()

    def _chosen(self, tokens: tuple[str, ...]) -> str:
        return next(filter(self._is_held, tokens), tokens[0])

    def _tokens(self, text: str) -> tuple[str, ...]:
        address = canonical_address(text)
        if is_nobodys(address):
            return ()
        return tuple(address_token(address_hash(key, address)) for key in self._address_keys)
