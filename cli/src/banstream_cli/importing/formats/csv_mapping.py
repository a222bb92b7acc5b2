"""What the columns of a table mean, as an operator says it in a TOML file."""

import tomllib
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from banstream_cli.arguments.validation import first_message
from banstream_cli.importing.rows import Unreadable
from banstream_cli.importing.values import (
    end_of_milliseconds,
    end_of_seconds,
    end_of_text,
    is_never,
    of_milliseconds,
    of_seconds,
    of_text,
    shown,
)
from banstream_contracts.infractions import Punishment, Punishments, Severity
from banstream_contracts.players import Service

_LARGEST = 1024 * 1024

_EXAMPLE = (
    'in TOML: lines such as service = "steam" and punishments = ["ban"], then a line [columns] and below it '
    'player = "SteamID", reason = "Reason", issued_at = "Date" (docs/importing.md)'
)


class Columns(BaseModel):
    """The column of each field, by its name in the file's first line; None where there is none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str | None = None
    service: str | None = None
    player: str | None = None
    name: str | None = None
    address: str | None = None
    punishments: str | None = None
    reason: str | None = None
    note: str | None = None
    evidence: str | None = None
    category: str | None = None
    severity: str | None = None
    issued_at: str | None = None
    issued_by: str | None = None
    expires_at: str | None = None
    lasts_seconds: str | None = None
    lasts_minutes: str | None = None
    lifted: str | None = None
    lifted_at: str | None = None
    lifted_by: str | None = None
    lifted_reason: str | None = None

    @property
    def named(self) -> tuple[str, ...]:
        """Those that a file must have, in lower case, each once."""
        return tuple(dict.fromkeys(name.strip().lower() for name in self.model_dump().values() if name))


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is no zone like Europe/Berlin") from None
    return name


class Mapping(BaseModel):
    """Columns, and what is the same for all rows.

    `time` is `seconds`, `milliseconds` since 1970, `text`, or a form of `strptime`; `never` are words for an end that
    does not come; `punishment` says what a cell of that column means, `left out` that such rows are not wanted.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    columns: Columns
    service: Service | None = None
    punishments: Punishments | None = None
    punishment: dict[str, Punishments | Literal["left out"]] = Field(default_factory=dict)
    category: str | None = None
    severity: Severity | None = None
    time: str = "text"
    zone: Annotated[str, AfterValidator(_known_zone)] | None = None
    never: tuple[str, ...] = ()

    def moment(self, cell: str, zone: tzinfo, what: str) -> datetime:
        """The time that a cell says. Raises ValueError."""
        match self.time:
            case "seconds":
                return of_seconds(cell, what)
            case "milliseconds":
                return of_milliseconds(cell, what)
            case "text":
                return of_text(cell, self._zone(zone), what)
            case form:
                return self._formed(cell, form, zone, what)

    def end(self, cell: str, zone: tzinfo, what: str) -> datetime | None:
        """The end that a cell says; None for never. Raises ValueError."""
        if is_never(cell) or cell.lower() in {word.lower() for word in self.never}:
            return None
        match self.time:
            case "seconds":
                return end_of_seconds(cell, what)
            case "milliseconds":
                return end_of_milliseconds(cell, what)
            case "text":
                return end_of_text(cell, self._zone(zone), what)
            case form:
                return self._formed(cell, form, zone, what)

    def _zone(self, zone: tzinfo) -> tzinfo:
        return ZoneInfo(self.zone) if self.zone else zone

    def _formed(self, cell: str, form: str, zone: tzinfo, what: str) -> datetime:
        try:
            moment = datetime.strptime(cell, form)  # noqa: DTZ007 - the zone is set below
        except ValueError:
            raise ValueError(f"{what} is {shown(cell)}, which is no time like {form}") from None
        aware = moment if moment.tzinfo else moment.replace(tzinfo=self._zone(zone))
        return aware.astimezone(UTC)


def read_mapping(path: Path | None) -> Mapping:
    """The mapping of a file. Raises Unreadable."""
    if path is None:
        raise Unreadable(f"say what its columns mean, in a file (--mapping FILE) {_EXAMPLE}")
    try:
        with path.open("rb") as file:
            found = file.read(_LARGEST)
        mapping = Mapping.model_validate(tomllib.loads(found.decode("utf-8-sig")))
    except OSError as error:
        raise Unreadable(f"the mapping {path} cannot be read: {error.strerror or error}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise Unreadable(f"the mapping {path} is no TOML: {error}") from error
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise Unreadable(f"the mapping {path}: {where}: {first_message(error)}") from error
    _check(mapping, path)
    return mapping


def _check(mapping: Mapping, path: Path) -> None:
    columns = mapping.columns
    if not columns.named:
        raise Unreadable(f"the mapping {path} names no column. It is written {_EXAMPLE}")
    if columns.player is None and columns.address is None:
        raise Unreadable(f"the mapping {path} names no column of a player or an address: [columns] player = …")
    if columns.player and columns.service is None and mapping.service is None:
        raise Unreadable(f'the mapping {path} does not say whose ids the players\' are: service = "steam"')
    if columns.punishments and not mapping.punishment:
        raise Unreadable(f'the mapping {path} does not say what punishments mean: [punishment] "Ban" = ["ban"]')
    if columns.punishments is None and mapping.punishments is None:
        names = ", ".join(Punishment)
        raise Unreadable(f'the mapping {path} names no punishments: punishments = ["ban"] (of {names}; [] warns)')
