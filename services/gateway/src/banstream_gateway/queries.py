"""Reads that need the database, asked of infractions over the bus."""

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from banstream_gateway.bus import Away, Bus, NobodyThere
from banstream_gateway.problems import Unavailable
from banstream_runtime.telemetry import inject

Answer = TypeVar("Answer", bound=BaseModel)

_ERROR = "Banstream-Error"


class Queries:
    """One question, one answer, or Unavailable."""

    def __init__(self, bus: Bus, timeout_seconds: float) -> None:
        self._bus = bus
        self._timeout_seconds = timeout_seconds

    async def ask(self, subject: str, question: BaseModel, answer: type[Answer]) -> Answer:
        """Raises Unavailable when nobody answers, or answers with a failure."""
        payload = question.model_dump_json(exclude_none=True).encode()
        headers = dict(inject({}))
        try:
            reply = await self._bus.ask(subject, payload, headers, self._timeout_seconds)
        except NobodyThere:
            raise Unavailable("The infractions service is away; checks and commands still work.") from None
        except Away:
            raise Unavailable("The bus or the infractions service did not answer.") from None
        return _read(reply.headers or {}, reply.data, answer)


def _read(headers: Mapping[str, str], payload: bytes, answer: type[Answer]) -> Answer:
    if _ERROR in headers:
        raise Unavailable("The infractions service could not answer.")
    try:
        return answer.model_validate_json(payload)
    except ValidationError:
        raise Unavailable("The infractions service gave an answer this gateway cannot read.") from None
