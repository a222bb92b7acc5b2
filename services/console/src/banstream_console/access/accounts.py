"""Everybody with an account, in memory, so that people sign in while infractions is away."""

from banstream_contracts.accounts import AccountEntry
from banstream_edge.held import Held


class Accounts(Held[AccountEntry]):
    """By account id, and by what people sign in with."""

    def __init__(self) -> None:
        super().__init__()
        self._by_login: dict[str, str] = {}

    def by_login(self, login: str) -> AccountEntry | None:
        """The account that signs in so, disabled ones included."""
        return self.get(self._by_login.get(login, ""))

    def read(self, value: bytes) -> AccountEntry:
        """See Held."""
        return AccountEntry.model_validate_json(value)

    def key_of(self, value: AccountEntry) -> str:
        """See Held."""
        return value.id

    def put(self, key: str, value: AccountEntry) -> None:
        """See Held."""
        self._by_login[value.login] = key

    def drop(self, key: str, value: AccountEntry) -> None:
        """See Held."""
        if self._by_login.get(value.login) == key:
            del self._by_login[value.login]
