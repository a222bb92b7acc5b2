"""What Discord has been told of the commands, and what it shall be told. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from banstream_gateway.discord.registration import compared

Definition = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """Names of commands; `changed` also says in which fields, an option as `options.NAME`."""

    added: tuple[str, ...]
    changed: Mapping[str, tuple[str, ...]]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]

    @property
    def is_none(self) -> bool:
        """Whether Discord knows the commands as they are."""
        return not (self.added or self.changed or self.removed)

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        changed = {name: list(fields) for name, fields in self.changed.items()}
        named = {name: list(getattr(self, name)) for name in ("added", "removed", "unchanged")}
        return {**named, "changed": changed}


def difference(there: Sequence[Definition], wanted: Sequence[Definition]) -> Difference:
    """What registering changes; whatever is there and not wanted goes."""
    before, after = _by_name(there), _by_name(wanted)
    fields = {name: _fields(before[name], after[name]) for name in after if name in before}
    return Difference(
        added=tuple(name for name in after if name not in before),
        changed={name: differing for name, differing in fields.items() if differing},
        removed=tuple(name for name in before if name not in after),
        unchanged=tuple(name for name, differing in fields.items() if not differing),
    )


def _by_name(definitions: Sequence[Definition]) -> dict[str, dict[str, Any]]:
    """Of commands of all types: those that are no slash commands are told apart by their number."""
    return {_name(each): _plain(each) for each in definitions}


def _name(definition: Definition) -> str:
    kind = definition.get("type", 1)
    name = str(definition.get("name", ""))
    return name if kind == 1 else f"{name} (type {kind})"


def _plain(definition: Definition) -> dict[str, Any]:
    found = compared(dict(definition))
    return found if isinstance(found, dict) else {}


def _fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    plain = [name for name in sorted({*before, *after} - {"options"}) if before.get(name) != after.get(name)]
    had, has = (_options(each) for each in (before, after))
    options = [f"options.{name}" for name in {**has, **had} if had.get(name) != has.get(name)]
    if not options and [*had] != [*has]:
        options = ["options"]
    return (*plain, *options)


def _options(definition: Mapping[str, Any]) -> dict[str, Any]:
    return {str(each.get("name")): each for each in definition.get("options", ())}
