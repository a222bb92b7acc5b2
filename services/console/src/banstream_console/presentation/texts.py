"""What pages say, in the languages that the package brings. Pure but for reading its own files once."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

from fluent.runtime import FluentBundle, FluentResource

Language = Literal["pt-BR", "en", "es", "zh-CN"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
NAMES: Mapping[Language, str] = {"pt-BR": "Português", "en": "English", "es": "Español", "zh-CN": "中文"}
"""What a language calls itself."""


class Texts:
    """The texts of one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._bundle = FluentBundle([language], use_isolating=False)
        for text in sources(language).values():
            self._bundle.add_resource(FluentResource(text))

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


def sources(language: Language) -> dict[str, str]:
    """The files of a language by what they are about: `texts/<about>/<language>.ftl`."""
    folders = sorted(files("banstream_console").joinpath("texts").iterdir(), key=lambda folder: folder.name)
    return {folder.name: folder.joinpath(f"{language}.ftl").read_text("utf-8") for folder in folders if folder.is_dir()}


@cache
def texts(language: Language) -> Texts:
    """Those of a language, read once."""
    return Texts(language)


def language_of(wanted: str | None) -> Language | None:
    """The language that a tag such as `pt`, `pt-PT` or `zh-Hans-CN` is best answered in; None for any other."""
    tag = (wanted or "").strip().lower()
    exact = next((language for language in LANGUAGES if language.lower() == tag), None)
    return exact or next((each for each in LANGUAGES if each.split("-")[0].lower() == tag.split("-")[0]), None)


def accepted(header: str) -> Language | None:
    """The language of ours that an Accept-Language header likes best."""
    liked: list[tuple[float, int, Language]] = []
    for place, part in enumerate(header[:500].split(",")):
        tag, _, weight = part.partition(";")
        language = language_of(tag)
        if language and (quality := _quality(weight)) > 0:
            liked.append((-quality, place, language))
    return min(liked)[2] if liked else None


def _quality(weight: str) -> float:
    name, _, value = weight.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
