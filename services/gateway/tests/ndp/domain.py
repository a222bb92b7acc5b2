"""The stand-in for infractions with what NDP needs of it: several addresses of one player, and the list in clear."""

from dataclasses import dataclass
from typing import Any

from services.gateway.tests.stand_in import Infractions

from banstream_contracts import streams
from banstream_contracts.infractions import Infraction, Punishment, Status
from banstream_contracts.listed_bans import SERVICE, ListedBan
from banstream_contracts.results import CommandResult
from banstream_privacy.sharing import ban_list_key, share
from banstream_privacy.transit import unseal

MASTER_KEY = bytes(range(1, 33))
LIST_KEY = ban_list_key(MASTER_KEY)


@dataclass
class ListingInfractions(Infractions):
    """Feeds KV `ban-list` too, while `feeds_list`."""

    feeds_list: bool = True

    async def reach(self, position: int) -> None:
        if self.feeds_list:
            await super().reach(position)
            return
        for bucket in (streams.RESTRICTIONS_BUCKET, streams.CREDENTIALS_BUCKET):
            await self.put(bucket, streams.POSITION_KEY, str(position).encode())

    async def follow(self, result: CommandResult) -> None:
        if self.feeds_list and self.feeds_buckets:
            for infraction in result.infractions:
                await self.list_ban(infraction)
        await super().follow(result)

    async def list_ban(self, infraction: Infraction, **changes: Any) -> None:
        """Write one entry, with the address of the command that made the infraction."""
        if infraction.player is not None and infraction.player.service != SERVICE:
            return
        listed = ListedBan(
            infraction_id=infraction.id,
            position=infraction.position,
            is_ended=infraction.status is not Status.ACTIVE or Punishment.BAN not in infraction.punishments,
            sealed_address=self._address_of(infraction.id),
            **{
                name: getattr(infraction, name)
                for name in ("player", "player_name", "address_hash", "reason", "scope", "server_id", "issued_at")
            },
            expires_at=infraction.expires_at,
        ).model_copy(update=changes)
        value = listed.model_dump_json(exclude_none=True).encode()
        await self.put(streams.BAN_LIST_BUCKET, infraction.id, value)

    def _address_of(self, infraction_id: str) -> str | None:
        for command in self.carried_out:
            if getattr(command, "infraction_id", None) == infraction_id and getattr(command, "address", None):
                return share(LIST_KEY, infraction_id, unseal(MASTER_KEY, command.address.sealed))
        return None

    def _issue(self, command: Any) -> CommandResult:
        """As the real one: another address of the same player is another ban."""
        address_hash = command.address.hash if command.address else None
        same = [
            each
            for each in self._active()
            if each.player == command.player
            and each.reason == command.reason
            and address_hash in {None, each.address_hash}
        ]
        if command.unless_in_force and same:
            return self._result(command, "unchanged", same[:1])
        return super()._issue(command.model_copy(update={"unless_in_force": False}))

    def _result(
        self, command: Any, status: Any, infractions: list[Infraction] | None = None, **fields: Any
    ) -> CommandResult:
        if command.type == "open_request":
            fields["request_id"] = command.request_id
        return super()._result(command, status, infractions, **fields)
