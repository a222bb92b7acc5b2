"""What clients get about admins."""

from typing import Any

from pydantic import AwareDatetime

from banstream_contracts.admins import Admin, Right
from banstream_contracts.players import Player
from banstream_gateway.answers import Answer


class AdminAnswer(Answer):
    """One admin; `id` is what plugins of game servers call the admin that this player is."""

    id: str
    player: Player
    name: str
    rights: tuple[Right, ...]
    removed_at: AwareDatetime | None = None


class AdminListAnswer(Answer):
    """All admins, by name."""

    items: tuple[AdminAnswer, ...]


def admin_json(admin: Admin) -> dict[str, Any]:
    """An admin as JSON values."""
    return {"id": admin.id, **admin.model_dump(mode="json", exclude_none=True, exclude={"position"})}
