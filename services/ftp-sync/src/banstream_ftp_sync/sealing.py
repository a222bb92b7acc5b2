"""Opens what was sealed for ftp-sync: secrets by gateways, addresses by infractions."""

from cryptography.exceptions import InvalidTag

from banstream_contracts.ban_files import BanFileFormat, BanFilePlace
from banstream_ftp_sync.places import InvalidPlace, Opened, Rules, Secret, checked, opened, read_secret
from banstream_privacy.transit import unseal


class WrongKey(Exception):
    """What cannot be opened is not known; a line is never taken out for that."""


class Opener:
    """Holds the master key of ftp-sync."""

    def __init__(self, master_key: bytes, rules: Rules) -> None:
        self._master_key = master_key
        self._rules = rules

    def check(self, place: BanFilePlace, ban_format: BanFileFormat, sealed_secret: str | None) -> None:
        """See that a place can be used. Raises InvalidPlace."""
        checked(place, ban_format, self._secret(sealed_secret), self._rules)

    def open(self, place: BanFilePlace, sealed_secret: str | None) -> Opened:
        """A place with what opens it. Raises InvalidPlace."""
        return opened(place, self._secret(sealed_secret), self._rules)

    def address(self, sealed: str) -> str:
        """An address in clear. Raises WrongKey."""
        try:
            return unseal(self._master_key, sealed)
        except (InvalidTag, ValueError):
            raise WrongKey("infractions sealed an address for another key than that of ftp-sync") from None

    def _secret(self, sealed: str | None) -> Secret:
        if sealed is None:
            return Secret()
        try:
            return read_secret(unseal(self._master_key, sealed))
        except InvalidTag:
            raise InvalidPlace("it was sealed for another key of ftp-sync") from None
        except InvalidPlace:
            raise
        except ValueError:
            raise InvalidPlace("it was sealed for another key of ftp-sync") from None
