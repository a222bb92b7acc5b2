"""Personal data of commands: opened once, and locked again under the person's own key for the log."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

import structlog

from banstream_contracts.commands.appeals import AnswerAppeal, OpenAppeal
from banstream_contracts.commands.infractions import OffenceCommand, OpenRequest
from banstream_contracts.commands.tiering import IssueByPolicy
from banstream_contracts.infraction_messages import AnyCommand
from banstream_contracts.sealed import SealedAddress
from banstream_decider.ports import Received
from banstream_event_log.erasure import NOT_OPENED
from banstream_infractions.ports import Store
from banstream_privacy.transit import unseal
from banstream_privacy.vault import lock, new_person_key, unwrapped, wrap

_TODO = "put the older master key behind the one in use, or the person's key back from a backup"

logger = structlog.stdlib.get_logger(__name__)


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
        """A key that does not open is kept for when it does, and a new one takes its place: no ban waits for it."""
        held = await store.person_keys(persons)
        keys = {person: key for person, each in held.items() if (key := unwrapped(self._master_key, person, each))}
        new = {person: new_person_key() for person in persons - keys.keys()}
        wrapped = {person: wrap(self._master_key, person, key) for person, key in new.items()}
        await store.add_person_keys({person: wrapped[person] for person in wrapped.keys() - held.keys()})
        if lost := wrapped.keys() & held.keys():
            NOT_OPENED.labels("person").inc(len(lost))
            logger.error("person_keys_not_opened", count=len(lost), todo=_TODO)
            await store.put_person_keys_in_front({person: wrapped[person] for person in lost})
        return keys | new

    def _relocked(self, command: AnyCommand, person: str, keys: dict[str, bytes]) -> AnyCommand:
        if isinstance(command, OpenAppeal | AnswerAppeal) and person:
            text = unseal(self._master_key, command.sealed_text)
            return command.model_copy(update={"sealed_text": lock(keys[person], person, text)})
        if not isinstance(command, OffenceCommand | IssueByPolicy | OpenRequest) or not _is_personal(command):
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
    return isinstance(command, OffenceCommand | IssueByPolicy | OpenRequest) and bool(
        command.address or command.sealed_name
    )


def _person(command: AnyCommand, streams: Mapping[UUID, str]) -> str:
    """Whose key it is: what is kept with a request belongs to the player, and goes with the player's key.

    Empty for a command about nothing that exists.
    """
    return f"player:{command.player}" if isinstance(command, OpenRequest) else streams[command.command_id]
