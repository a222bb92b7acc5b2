"""What is wrong with a message, as whoever refuses it says."""

from pydantic import ValidationError
from pydantic_core import ErrorDetails

_MOST = 5000
"""To tell of each takes longer than to find it: of half a million, seconds."""


def faults_of(error: ValidationError) -> list[ErrorDetails]:
    """Each fault, never with its value: that may be personal or huge.

    Of a tuple of which no part is right pydantic says besides that it has too few; it was given enough.
    Of thousands nothing is told but that: nobody mends these one by one.
    """
    if error.error_count() > _MOST:
        told = f"Value error, holds more than {_MOST} values that are wrong"
        return [ErrorDetails(type="value_error", loc=(), msg=told, input=None)]
    found = error.errors(include_url=False, include_input=False)
    around = {each["loc"][:depth] for each in found for depth in range(len(each["loc"]))}
    return [each for each in found if each["type"] != "too_short" or each["loc"] not in around]


def in_words(error: ValidationError) -> str:
    """What is wrong and where, in one line."""
    return "; ".join(
        ": ".join(filter(None, (".".join(map(str, each["loc"])), each["msg"]))) for each in faults_of(error)
    )
