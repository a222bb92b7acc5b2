"""Commands about tiering policies, and to issue by one."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from banstream_contracts.commands.command import Command
from banstream_contracts.infractions import Scope
from banstream_contracts.players import Player, address_token
from banstream_contracts.sealed import Sealed, SealedAddress
from banstream_contracts.text import Name, Reason, ShortId
from banstream_contracts.tiering import NumberedTier, TieringTerms


class TieringCommand(Command):
    """About one tiering policy."""

    tiering_policy_id: ShortId
    server_id: ShortId

    @property
    def token(self) -> str:
        """By the policy."""
        return f"tiering={self.tiering_policy_id}"


class RegisterTieringPolicy(TieringCommand):
    """Make a policy of a server, or change one.

    The id that a plugin gives follows from server and terms, so that doing it again changes nothing; not even what
    a person has made of it meanwhile.
    """

    type: Literal["register_tiering_policy"] = "register_tiering_policy"
    terms: TieringTerms


class UnlinkTieringPolicy(TieringCommand):
    """The server uses the policy no more."""

    type: Literal["unlink_tiering_policy"] = "unlink_tiering_policy"


class IssueByPolicy(Command):
    """Punish by the tier that a player's earlier infractions of the policy, and of those in `also_count`, lead to.

    Without a reason the policy's own is given. `seen_in_force`: see `IssueInfraction`. `seen_tier`: whoever asks was
    shown this one; where another is due, or says something else by now, it is refused.
    """

    type: Literal["issue_by_policy"] = "issue_by_policy"
    infraction_id: ShortId
    tiering_policy_id: ShortId
    also_count: Annotated[tuple[ShortId, ...], Field(max_length=100)] = ()
    player: Player | None = None
    player_name: Name | None = None
    sealed_name: Sealed | None = None
    address: SealedAddress | None = None
    reason: Reason | None = None
    scope: Scope = Scope.GLOBAL
    server_id: ShortId
    seen_in_force: tuple[ShortId, ...] | None = None
    seen_tier: NumberedTier | None = None

    @model_validator(mode="after")
    def _is_about_somebody(self) -> Self:
        if self.player is None and self.address is None:
            raise ValueError("an infraction is about a player, an address, or both")
        return self

    @property
    def token(self) -> str:
        """By the player, or else by the address."""
        if self.player:
            return self.player.token
        return address_token(self.address.hash if self.address else "")
