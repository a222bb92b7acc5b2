"""Calls for an admin: a player asks for one, or reports another player, and an admin takes the call (seed 4)."""

from pydantic import AwareDatetime

from banstream_contracts.infractions import Contract
from banstream_contracts.players import Player
from banstream_contracts.text import Name, Reason, ShortId


class CallContent(Contract):
    """What the player said; `reported` makes it a report.

    `server_name`, `map` and `connect` (host:port) are as the server's last beat had them.
    """

    caller: Player
    caller_name: Name
    message: Reason
    reported: Player | None = None
    reported_name: Name | None = None
    server_name: Name | None = None
    map: Name | None = None
    connect: Name | None = None


class AdminCall(Contract):
    """One call as the events so far have made it; a server has one open call, the next takes its place."""

    id: ShortId
    server_id: ShortId
    content: CallContent
    called_at: AwareDatetime
    claimed_at: AwareDatetime | None = None
    claimed_by: Name | None = None
    position: int = 0
