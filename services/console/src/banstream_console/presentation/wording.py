"""Categories, severities, numbers and times in somebody's language. Pure."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

from banstream_console.presentation.texts import Language, Texts

_LOCALES: dict[Language, str] = {"pt-BR": "pt_BR", "en": "en", "es": "es", "zh-CN": "zh_Hans_CN"}


class Wording:
    """Of one language and time zone."""

    def __init__(self, texts: Texts, zone: ZoneInfo) -> None:
        self._texts = texts
        self._zone = zone
        self._locale = _LOCALES[texts.language]

    @property
    def zone(self) -> str:
        """The name of the time zone, in which days are counted."""
        return self._zone.key

    def category(self, category: str | None) -> str:
        """A category that operators made up themselves reads as they wrote it."""
        if category is None:
            return self._texts.say("category-none")
        text_id = f"category-{category.replace('_', '-')}"
        if self._texts.knows(text_id):
            return self._texts.say(text_id)
        words = category.replace("_", " ").replace("-", " ").strip() or category
        return words[0].upper() + words[1:]

    def severity(self, severity: str | None) -> str:
        """In capitals, as a stamp says it."""
        return self._texts.say(f"severity-{severity or 'none'}")

    def number(self, value: int) -> str:
        """With the separators of the language."""
        return format_decimal(value, locale=self._locale)

    def moment(self, moment: datetime) -> str:
        """Day and time in the time zone of the wall, which is named."""
        local = self._local(moment)
        told = format_datetime(local, "medium", tzinfo=local.tzinfo, locale=self._locale)
        return f"{told} {local.tzname()}"

    def plate(self, moment: datetime) -> str:
        """A day as it stands on the plate under a face: ten characters in every language."""
        return self._local(moment).date().isoformat()

    def day(self, day: date, form: str = "medium") -> str:
        """A day; `short` without its year."""
        short = Locale.parse(self._locale).datetime_skeletons["MMMd"].pattern
        return format_date(day, short if form == "short" else form, locale=self._locale)

    def _local(self, moment: datetime) -> datetime:
        """In the time zone of the wall; as it is at the ends of the calendar, which other systems write for never."""
        try:
            return moment.astimezone(self._zone)
        except OverflowError:
            return moment
