"""Questions to the services, with failures as problems of HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from pydantic import BaseModel

from banstream_edge import errors, queries
from banstream_gateway.problems import KeyReused, Refused, TooLarge, Unavailable

Answer = TypeVar("Answer", bound=BaseModel)


class Queries(queries.Queries):
    """One question, one answer, or Unavailable."""

    async def ask(
        self, subject: str, question: BaseModel, answer: type[Answer], timeout_seconds: float | None = None
    ) -> Answer:
        """Raises the problem Unavailable when nobody answers, or answers with a failure."""
        with as_problems():
            return await super().ask(subject, question, answer, timeout_seconds)


@contextmanager
def as_problems() -> Iterator[None]:
    """What the bus says, said by HTTP."""
    try:
        yield
    except errors.Unavailable as error:
        raise Unavailable(str(error)) from None
    except errors.TooLarge as error:
        raise TooLarge(str(error)) from None
    except errors.Refused as error:
        raise Refused(error.refusal) from None
    except errors.KeyReused:
        raise KeyReused from None
