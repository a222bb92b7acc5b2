"""Opens what gateways sealed for the notifier."""

from cryptography.exceptions import InvalidTag

from banstream_contracts.notifier_targets import TargetKind
from banstream_notifier.destinations import Destination, InvalidDestination, destination
from banstream_privacy.transit import unseal


class Opener:
    """Holds the notifier's master key."""

    def __init__(self, master_key: bytes, *, allow_private: bool) -> None:
        self._master_key = master_key
        self._allow_private = allow_private

    def open(self, kind: TargetKind, sealed_url: str, sealed_secret: str | None) -> Destination:
        """A destination that may be used. Raises InvalidDestination."""
        url = self._text(sealed_url)
        secret = self._text(sealed_secret) if sealed_secret is not None else None
        return destination(kind, url, secret, allow_private=self._allow_private)

    def _text(self, sealed: str) -> str:
        try:
            return unseal(self._master_key, sealed)
        except (InvalidTag, ValueError):
            raise InvalidDestination("it was sealed for another key of the notifier") from None
