"""What messages say, in the languages that the package brings. Pure but for reading its own files once."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from fluent.runtime import FluentBundle, FluentResource


class Texts:
    """The texts of one language."""

    def __init__(self, language: str) -> None:
        self._bundle = FluentBundle([language], use_isolating=False)
        self._bundle.add_resource(FluentResource(source(language)))

    def say(self, text_id: str, arguments: Mapping[str, str | int] | None = None) -> str:
        """A text with its arguments. Raises LookupError where there is none, ValueError where an argument is amiss."""
        pattern = self._bundle.get_message(text_id).value
        if pattern is None:
            raise LookupError(text_id)
        said, errors = self._bundle.format_pattern(pattern, dict(arguments or {}))
        if errors:
            raise ValueError(f"{text_id}: {errors[0]}")
        return str(said)


def source(language: str) -> str:
    """The file of a language."""
    return files("banstream_notifier").joinpath("texts", f"{language}.ftl").read_text("utf-8")


@cache
def texts(language: str) -> Texts:
    """Those of a language, read once."""
    return Texts(language)
