"""Questions to the services, with failures as pages say them."""

from typing import TypeVar

from pydantic import BaseModel

from banstream_console.problems.exceptions import Away
from banstream_console.problems.field_errors import Wrong
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
        except (errors.Unavailable, errors.TooLarge) as error:
            raise Away(Wrong("away", service=service_of(subject))) from error


def service_of(subject: str) -> str:
    """Which service a question goes to, as people know it from `banstream status`."""
    return subject.split(".")[2]
