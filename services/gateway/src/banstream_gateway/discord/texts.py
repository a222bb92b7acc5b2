"""What is said at Discord, in the languages that the package brings. Pure but for reading its own files once."""

from functools import cache
from importlib.resources import files

from fluent.runtime import FluentBundle, FluentResource

LANGUAGES = ("pt-BR", "en", "es", "zh-CN")
FALLBACK = "en"


class Texts:
    """The texts of one language."""

    def __init__(self, language: str) -> None:
        self._bundle = FluentBundle([language], use_isolating=False)
        self._bundle.add_resource(FluentResource(source(language)))

    def say(self, text_id: str, **arguments: str | int) -> str:
        """A text with its arguments. Raises LookupError where there is none, ValueError where an argument is amiss."""
        pattern = self._bundle.get_message(text_id).value
        if pattern is None:
            raise LookupError(text_id)
        said, errors = self._bundle.format_pattern(pattern, arguments)
        if errors:
            raise ValueError(f"{text_id}: {errors[0]}")
        return str(said)

    def knows(self, text_id: str) -> bool:
        """Whether there is such a text."""
        return self._bundle.has_message(text_id)


def source(language: str) -> str:
    """The file of a language."""
    return files("banstream_gateway.discord").joinpath("texts", f"{language}.ftl").read_text("utf-8")


@cache
def texts(language: str) -> Texts:
    """Those of a language, read once."""
    return Texts(language)


def texts_for(locale: str) -> Texts:
    """Those that a locale of Discord (`pt-BR`, `es-419`, `en-GB`, `zh-TW`) is best answered in."""
    wanted = locale.partition("-")[0].lower()
    return texts(next((each for each in LANGUAGES if each.partition("-")[0] == wanted), FALLBACK))
