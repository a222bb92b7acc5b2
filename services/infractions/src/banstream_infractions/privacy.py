"""Personal data of commands: opened once, and locked again under the person's own key for the log."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from banstream_contracts.appeal_commands import AnswerAppeal, OpenAppeal
from banstream_contracts.commands import IssueInfraction, OpenRequest
from banstream_contracts.infraction_messages import AnyCommand
from banstream_contracts.sealed import SealedAddress
from banstream_contracts.tiering_commands import IssueByPolicy
from banstream_decider.ports import Received
from banstream_infractions.ports import Store
from banstream_privacy.transit import unseal
from banstream_privacy.vault import lock, new_person_key, unwrap, wrap


class Privacy:
    """Holds the master key; nobody else does."""

    def __init__(self, master_key: bytes) -> None:
        self._master_key = master_key

    async def relock(
        self, store: Store, received: Sequence[Received[AnyCommand]], streams: Mapping[UUID, str]
    ) -> list[Received[AnyCommand]]:
        """The commands with their personal data locked for the person whose log stream each concerns.

        Raises cryptography's InvalidTag for what was sealed with another key.
        """
        persons = {_person(each.command, streams) for each in received if _is_personal(each.command)} - {""}
        keys = await self._keys(store, persons) if persons else {}
        return [
            replace(each, command=self._relocked(each.command, _person(each.command, streams), keys))
            for each in received
        ]

    async def _keys(self, store: Store, persons: set[str]) -> dict[str, bytes]:
        wrapped = await store.person_keys(persons)
        keys = {person: unwrap(self._master_key, person, key) for person, key in wrapped.items()}
        new = {person: new_person_key() for person in persons - keys.keys()}
        await store.add_person_keys({person: wrap(self._master_key, person, key) for person, key in new.items()})
        return keys | new

    def _relocked(self, command: AnyCommand, person: str, keys: dict[str, bytes]) -> AnyCommand:
        if isinstance(command, OpenAppeal | AnswerAppeal) and person:
            text = unseal(self._master_key, command.sealed_text)
            return command.model_copy(update={"sealed_text": lock(keys[person], person, text)})
        if not isinstance(command, IssueInfraction | IssueByPolicy | OpenRequest) or not _is_personal(command):
            return command
        changed: dict[str, object] = {}
        if command.address:
            locked = lock(keys[person], person, unseal(self._master_key, command.address.sealed))
            changed["address"] = SealedAddress(hash=command.address.hash, sealed=locked)
        if command.sealed_name:
            changed["sealed_name"] = lock(keys[person], person, unseal(self._master_key, command.sealed_name))
        return command.model_copy(update=changed)


def _is_personal(command: AnyCommand) -> bool:
    if isinstance(command, OpenAppeal | AnswerAppeal):
        return True
    return isinstance(command, IssueInfraction | IssueByPolicy | OpenRequest) and bool(
        command.address or command.sealed_name
    )


def _person(command: AnyCommand, streams: Mapping[UUID, str]) -> str:
    """Whose key it is: what is kept with a request belongs to the player, and goes with the player's key.

    Empty for a command about nothing that exists.
    """
    return f"player:{command.player}" if isinstance(command, OpenRequest) else streams[command.command_id]
