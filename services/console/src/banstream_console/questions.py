"""Questions to the services, with failures as pages say them."""

from typing import TypeVar

from pydantic import BaseModel

from banstream_console.problems import Away
from banstream_edge import errors, queries

Answer = TypeVar("Answer", bound=BaseModel)


class Questions(queries.Queries):
    """One question, one answer, or Away."""

    async def ask(
        self, subject: str, question: BaseModel, answer: type[Answer], timeout_seconds: float | None = None
    ) -> Answer:
        """Raises Away when nobody answers, or answers with a failure."""
        try:
            return await super().ask(subject, question, answer, timeout_seconds)
        except errors.Unavailable as error:
            raise Away(str(error)) from error
