"""How a command ends when it does not end well; the message is one line that says what to do."""

from collections.abc import Mapping
from typing import Any

DONE, NO, STUCK, UNCONFIRMED, INTERRUPTED, NOBODY_READS = 0, 1, 2, 3, 130, 141


class Trouble(Exception):
    """Ends the command with its code and its message on stderr."""

    code = STUCK


class AnswerIsNo(Trouble):
    """Everything works, and the answer is no: not found, refused, broken."""

    code = NO


class Stuck(Trouble):
    """Used wrongly, or what is needed cannot be reached."""

    code = STUCK


class Invalid(Stuck):
    """What was sent is not as the gateway takes it; `errors` says what is wrong, by the field."""

    def __init__(self, message: str, errors: Mapping[str, str]) -> None:
        super().__init__(message)
        self.errors = dict(errors)


class Unconfirmed(Trouble):
    """Stored durably, and carried out some time; nobody has said so yet. `shown` is what the answer showed already."""

    code = UNCONFIRMED

    def __init__(self, message: str, shown: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.shown = dict(shown or {})


class Unreachable(Stuck):
    """What is needed is not known or does not answer."""
