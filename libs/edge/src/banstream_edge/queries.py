"""Reads that need a database, asked of the services over the bus."""

from collections.abc import Mapping
from typing import TypeVar

from opentelemetry.trace import SpanKind
from pydantic import BaseModel, ValidationError

from banstream_contracts import subjects
from banstream_contracts.headers import QUERY_ERROR
from banstream_contracts.queries.query import TOO_LONG
from banstream_edge.bus import Bus
from banstream_edge.errors import NobodyThere, TooLarge, Unavailable
from banstream_runtime.telemetry import inject, step

Answer = TypeVar("Answer", bound=BaseModel)

_OTHERS = {
    subjects.QUERIES_ABUSE.removesuffix(">"): "The abuse tracker",
    subjects.QUERIES_NOTIFIER.removesuffix(">"): "The notifier",
    subjects.QUERIES_FTP_SYNC.removesuffix(">"): "Ftp-sync",
    subjects.QUERIES_DAYZ.removesuffix(">"): "The feed of DayZ logs",
}


class Queries:
    """One question, one answer, or Unavailable; the text is for people."""

    def __init__(self, bus: Bus, timeout_seconds: float) -> None:
        self._bus = bus
        self._timeout_seconds = timeout_seconds

    async def ask(
        self, subject: str, question: BaseModel, answer: type[Answer], timeout_seconds: float | None = None
    ) -> Answer:
        """Raises Unavailable when nobody answers, or answers with a failure, and TooLarge.

        A page that does not fit into a message is asked for again with half of its limit.
        """
        payload = question.model_dump_json(exclude_none=True).encode()
        who = _asked(subject)
        try:
            with step(f"ask {subject}", SpanKind.CLIENT):
                seconds = timeout_seconds or self._timeout_seconds
                reply = await self._bus.ask(subject, payload, inject({}), seconds)
        except NobodyThere:
            raise Unavailable(f"{who} is away; checks and commands still work.") from None
        except TooLarge as error:
            raise TooLarge(f"The question takes {error}: ask for less.") from None
        except Unavailable:
            raise Unavailable(f"The bus or {who[0].lower()}{who[1:]} did not answer.") from None
        if (reply.headers or {}).get(QUERY_ERROR) == TOO_LONG and (smaller := _smaller(question)):
            return await self.ask(subject, smaller, answer, timeout_seconds)
        return _read(who, reply.headers or {}, reply.data, answer)


def _smaller(question: BaseModel) -> BaseModel | None:
    """The same question for half as much, where a cursor leads on to the rest."""
    limit = getattr(question, "limit", 1)
    return question.model_copy(update={"limit": limit // 2}) if hasattr(question, "cursor") and limit > 1 else None


def _asked(subject: str) -> str:
    others = (who for prefix, who in _OTHERS.items() if subject.startswith(prefix))
    return next(others, "The infractions service")


def _read(who: str, headers: Mapping[str, str], payload: bytes, answer: type[Answer]) -> Answer:
    if headers.get(QUERY_ERROR) == TOO_LONG:
        raise Unavailable(f"The answer of {who[0].lower()}{who[1:]} is too long for a message: ask for less.")
    if QUERY_ERROR in headers:
        raise Unavailable(f"{who} could not answer.")
    try:
        return answer.model_validate_json(payload)
    except ValidationError:
        raise Unavailable(f"{who} gave an answer that cannot be read here.") from None
