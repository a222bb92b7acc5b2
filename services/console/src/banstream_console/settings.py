"""What an operator can set, all from the environment (BANSTREAM_…)."""

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, StringConstraints

from banstream_console.texts import Language
from banstream_runtime.connection import NatsSettings


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name!r} is no time zone; write it like America/Sao_Paulo") from None
    return name


class Settings(NatsSettings):
    """See docs/console.md for what each one means."""

    console_host: str = "127.0.0.1"
    console_port: Annotated[int, Field(ge=0, le=65_535)] = 8081
    console_title: Annotated[str, StringConstraints(max_length=60)] = ""
    """Of the community; empty shows none."""
    console_language: Language = "en"
    """For whoever asks for none of ours."""
    console_time_zone: Annotated[str, AfterValidator(_known_zone)] = "UTC"
    """Whose days are counted, and in which times are shown where no script runs."""
    console_delay_minutes: Annotated[float, Field(ge=0, le=7 * 1440)] = 0
    """A ban shows only so long after it was issued."""
    console_show_names: bool = True
    console_show_reasons: bool = True
    console_show_ids: bool = False
    """Players' and infractions' ids, and ids and addresses in names and reasons."""
    console_show_coordinates: bool = False
    """Places in names and reasons."""
    console_page_length: Annotated[int, Field(ge=1, le=200)] = 24
    console_live_clients: Annotated[int, Field(ge=0)] = 500
    """How many may follow the wall at once."""
    query_timeout_seconds: Annotated[float, Field(gt=0)] = 2.0
    metrics_host: str = "127.0.0.1"
    metrics_port: Annotated[int, Field(gt=0, le=65_535)] | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] = "json"
