"""Players as the values of KV entries carry them."""

import msgspec

from banstream_contracts.players import subject_token


class HeldPlayer(msgspec.Struct, frozen=True, gc=False):
    """`banstream_contracts.players.Player`, in canonical form already."""

    service: str
    id: str

    @property
    def token(self) -> str:
        """The KV key of what restricts them."""
        return subject_token(self.service, self.id)
