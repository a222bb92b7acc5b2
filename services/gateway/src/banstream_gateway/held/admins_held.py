"""Who may act through a game server: every admin, in memory, by player and by the id that plugins use."""

from banstream_contracts.admins import Admin
from banstream_contracts.players import Player
from banstream_edge.held import Held


class Admins(Held[Admin]):
    """Admins by player token. Those who are admins no more are held, and never found."""

    def __init__(self) -> None:
        super().__init__()
        self._by_id: dict[str, Admin] = {}

    def by_player(self, player: Player) -> Admin | None:
        """The admin that a player is, if any."""
        return _present(self.get(player.token))

    def by_id(self, admin_id: str) -> Admin | None:
        """The admin of 24 hex digits (`admins.admin_id`)."""
        return _present(self._by_id.get(admin_id))

    def read(self, value: bytes) -> Admin:
        """See Held."""
        return Admin.model_validate_json(value)

    def key_of(self, value: Admin) -> str:
        """See Held."""
        return value.player.token

    def put(self, key: str, value: Admin) -> None:  # noqa: ARG002 - see Held
        """See Held."""
        self._by_id[value.id] = value

    def drop(self, key: str, value: Admin) -> None:  # noqa: ARG002 - see Held
        """See Held."""
        self._by_id.pop(value.id, None)


def _present(admin: Admin | None) -> Admin | None:
    return admin if admin is not None and admin.removed_at is None else None
