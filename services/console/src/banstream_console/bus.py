"""The NATS connection as the console uses it: made in the background, so that pages answer from the first moment on."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from nats.aio.client import Client
from nats.errors import Error
from pydantic import BaseModel, ValidationError

from banstream_console.problems import Away
from banstream_contracts import headers
from banstream_runtime.connection import NatsSettings, connect
from banstream_runtime.telemetry import inject

logger = structlog.stdlib.get_logger(__name__)

Answer = TypeVar("Answer", bound=BaseModel)
Hook = Callable[[Client], Awaitable[None]]


class Bus:
    """Asks, or says at once that nobody can be asked."""

    def __init__(self, settings: NatsSettings, seconds: float) -> None:
        self._settings = settings
        self._seconds = seconds
        self._client: Client | None = None

    @property
    def is_connected(self) -> bool:
        """Whether something written now would go out now."""
        return self._client is not None and self._client.is_connected

    async def run(self, follow: Hook) -> None:
        """Connect, however long that takes, and do something with the connection until cancelled."""
        client = await connect(self._settings, "banstream console")
        self._client = client
        logger.info("nats_connected")
        try:
            await follow(client)
        finally:
            await client.close()

    async def ask(self, subject: str, question: BaseModel, answer: type[Answer]) -> Answer:
        """One question and its answer. Raises Away."""
        client = self._client
        if client is None or not client.is_connected:
            raise Away
        payload = question.model_dump_json(exclude_none=True).encode()
        try:
            reply = await client.request(subject, payload, timeout=self._seconds, headers=dict(inject({})) or None)
        except (Error, OSError, TimeoutError) as error:
            raise Away from error
        if headers.QUERY_ERROR in (reply.headers or {}):
            raise Away
        try:
            return answer.model_validate_json(reply.data)
        except ValidationError as error:
            logger.error("unreadable_answer", subject=subject)  # noqa: TRY400 - the body may be personal
            raise Away from error
