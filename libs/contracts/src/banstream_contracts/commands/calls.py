"""Commands about calls for an admin."""

from typing import Annotated, Literal

from pydantic import Field

from banstream_contracts.calls import CallContent
from banstream_contracts.commands.command import Command
from banstream_contracts.players import server_token
from banstream_contracts.text import Name, ShortId


class CallCommand(Command):
    """About the calls of one server."""

    server_id: ShortId

    @property
    def token(self) -> str:
        """By the server."""
        return server_token(self.server_id)


class CallAdmin(CallCommand):
    """Call an admin, unless the server called less than `cooldown_seconds` ago or the caller may not.

    `include_other_servers`: whether a block that another server gave globally counts, as in a check.
    """

    type: Literal["call_admin"] = "call_admin"
    call_id: ShortId
    content: CallContent
    cooldown_seconds: Annotated[int, Field(ge=1, le=86_400, strict=True)] = 600
    include_other_servers: bool = True


class ClaimCall(CallCommand):
    """An admin takes the open call of the server."""

    type: Literal["claim_call"] = "claim_call"
    admin_name: Name
