"""What game servers are called, from the credentials that gateways know them by."""

import time
from collections.abc import Mapping, Sequence

from nats.aio.client import Client
from nats.js.errors import NotFoundError
from pydantic import ValidationError

from banstream_contracts import streams, subjects
from banstream_contracts.infractions import Credential
from banstream_notifier.envelope import Envelope

_KEPT_SECONDS = 60.0


class ServerNames:
    """Remembers a name for a minute; a server or token that is not known goes by its id."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._names: dict[str, tuple[float, str | None]] = {}

    async def __call__(self, told: Sequence[Envelope]) -> Mapping[str, str]:
        """The names of the servers that events are about, and of those and the tokens that they happened to."""
        wanted = {each.body.get(field) for each in told for field in ("server_id", "credential_id")}
        found = {server_id: await self._name(server_id) for server_id in wanted if isinstance(server_id, str)}
        return {server_id: name for server_id, name in found.items() if name}

    async def _name(self, server_id: str) -> str | None:
        known = self._names.get(server_id)
        if known and time.monotonic() - known[0] < _KEPT_SECONDS:
            return known[1]
        name = await self._look_up(server_id)
        self._names[server_id] = (time.monotonic(), name)
        return name

    async def _look_up(self, server_id: str) -> str | None:
        bucket = streams.CREDENTIALS_BUCKET
        try:
            entry = await self._client.jetstream().get_last_msg(f"KV_{bucket}", subjects.entry(bucket, server_id))
            return Credential.model_validate_json(entry.data or b"").name
        except (NotFoundError, ValidationError):
            return None
