"""Commands about admins: what operators ask infractions to do."""

from typing import Literal

from banstream_contracts.admins import Rights
from banstream_contracts.commands.command import PlayerCommand
from banstream_contracts.text import Name, Reason


class SetAdmin(PlayerCommand):
    """Make a player an admin, or give an admin another name or other rights."""

    type: Literal["set_admin"] = "set_admin"
    name: Name
    rights: Rights = ()


class RemoveAdmin(PlayerCommand):
    """End all rights of an admin."""

    type: Literal["remove_admin"] = "remove_admin"
    reason: Reason | None = None
