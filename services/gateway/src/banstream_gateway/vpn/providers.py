"""What may be asked of an address outside: the port, and what every answer comes down to."""

from typing import Protocol

from banstream_gateway.vpn.verdicts import Address, Opinion, ProviderName

REST_SECONDS = 30.0
"""How long a provider that did not answer is left alone, so that joins do not wait for it one after the other."""


class ProviderFailed(Exception):
    """No opinion. The message never holds the address.

    `rests_seconds` is for how long the provider should be left alone, None where only this address went wrong.
    """

    def __init__(self, why: str, rests_seconds: float | None = None) -> None:
        super().__init__(why)
        self.rests_seconds = rests_seconds


class Provider(Protocol):
    """One service on the internet that is told an address. Used only where an operator has given its key."""

    @property
    def name(self) -> ProviderName:
        """In answers, logs and metrics."""

    async def opinion(self, address: Address) -> Opinion:
        """Ask. Raises ProviderFailed, for whatever reason there is no answer in time."""

    async def close(self) -> None:
        """Let go of connections."""
