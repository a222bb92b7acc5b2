"""Which passwords may be chosen. Pure."""

from zxcvbn_rs_py import zxcvbn

from banstream_console.staff.signing_in.passwords import LONGEST, SHORTEST

_FEWEST_GUESSES_LOG10 = 8.0
"""A hundred million: the worst passwords, keyboard rows, repeats and dates are below it."""
_LOOKED_AT = 100


def wrong_with(password: str, repeated: str, own: list[str]) -> str | None:
    """A text id of what is wrong; `own` is what others know of the person, such as the name."""
    if len(password) < SHORTEST:
        return "password-short"
    if len(password) > LONGEST:
        return "password-long"
    if any(character != " " and not character.isprintable() for character in password):
        return "password-characters"
    if password != repeated:
        return "password-differs"
    if zxcvbn(password[:_LOOKED_AT], own).guesses_log10 < _FEWEST_GUESSES_LOG10:
        return "password-weak"
    return None
