"""The users of NATS and what they may do, in the language of its configuration."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from banstream_contracts import permissions


@dataclass(frozen=True, slots=True)
class NatsUser:
    """Who may connect. A list names the only subjects allowed; None allows all."""

    name: str
    password: str = field(repr=False)
    publish: tuple[str, ...] | None = None
    subscribe: tuple[str, ...] | None = None


def users_with(passwords: Mapping[str, str]) -> tuple[NatsUser, ...]:
    """Every user of banstream with the permissions of its contract (`banstream_contracts.permissions`)."""
    return tuple(_with_permissions(name, passwords[name]) for name in permissions.users())


def authorization(users: Iterable[NatsUser]) -> Iterator[str]:
    """The block `authorization`, line by line."""
    yield "authorization {"
    yield "  users: ["
    yield from (f"    {user_line(user)}" for user in users)
    yield "  ]"
    yield "}"


def user_line(user: NatsUser) -> str:
    """One user as an entry of a list `users`."""
    fields = [f"user: {quoted(user.name)}", f"password: {quoted(user.password)}"]
    allowed = {"publish": user.publish, "subscribe": user.subscribe}
    rules = [f"{verb}: {_list(subjects)}" for verb, subjects in allowed.items() if subjects is not None]
    if rules:
        fields.append(f"permissions: {{{', '.join(rules)}}}")
    return f"{{{', '.join(fields)}}}"


def quoted(text: str) -> str:
    """A string of NATS' configuration language; what JSON escapes is escaped the same way there."""
    return json.dumps(text, ensure_ascii=False)


def _with_permissions(name: str, password: str) -> NatsUser:
    allowed = permissions.of(name)
    if allowed is None:
        return NatsUser(name, password)
    return NatsUser(name, password, publish=allowed.publish, subscribe=allowed.subscribe)


def _list(subjects: Iterable[str]) -> str:
    """An allow list; an empty one would allow all, so it is written as a denial of all."""
    allowed = ", ".join(quoted(subject) for subject in subjects)
    return f"{{allow: [{allowed}]}}" if allowed else '{deny: [">"]}'
