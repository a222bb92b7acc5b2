"""What keeps a command or a question from its answer."""

from banstream_contracts.results import Refusal


class Unavailable(Exception):
    """The bus, or who would have answered, is away."""


class NobodyThere(Unavailable):
    """The bus is there; nobody answers this subject."""


class TooLarge(Exception):
    """More than one message of the bus may hold."""


class KeyReused(Exception):
    """The command's id was used before, for another request."""


class Refused(Exception):
    """A command that was not carried out, and why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal
