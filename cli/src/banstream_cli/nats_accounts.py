"""The accounts of NATS: of the services, of a copy of EVENTS (ADR 0018), and of those who read it (ADR 0035)."""

from collections.abc import Iterable, Iterator, Mapping

from banstream_cli.nats_users import NatsUser, quoted, user_line, users_with
from banstream_contracts import subscribers

_API = "$JS.API"
_LONGEST_PULL = "1h"
"""How long a pull may wait for its first message and between two, in place of two minutes."""


def accounts_with(passwords: Mapping[str, str]) -> Iterator[str]:
    """The block `accounts` of every user of the contracts, and of each subscriber among the passwords."""
    return accounts(users_with(passwords), subscribers_with(passwords))


def subscribers_with(passwords: Mapping[str, str]) -> tuple[NatsUser, ...]:
    """The subscribers among the users, with the permissions of their contract."""
    return tuple(
        _subscriber(name, user, password)
        for user, password in sorted(passwords.items())
        if (name := subscribers.name_of(user))
    )


def accounts(users: Iterable[NatsUser], outside: Iterable[NatsUser]) -> Iterator[str]:
    """The block `accounts`, line by line.

    Those for subscribers are there without any: NATS takes in a new user by a reload, a new account only half.
    """
    yield "accounts {"
    yield f"  {subscribers.SERVICES_ACCOUNT} {{"
    yield "    jetstream: enabled"
    yield from _users(users)
    yield from _list("exports", _exports())
    api = f"account: {subscribers.ACCOUNT}, subject: {quoted(f'{_API}.>')}"
    yield from _list("imports", [f"{{service: {{{api}}}, to: {quoted(f'{subscribers.API}.>')}}}"])
    yield "  }"
    yield f"  {subscribers.ACCOUNT} {{"
    yield "    jetstream: {max_streams: 1}"
    yield from _list("exports", _copy_exports())
    yield from _list("imports", _imports())
    yield "  }"
    yield f"  {subscribers.READERS_ACCOUNT} {{"
    yield from _users(outside)
    yield from _list("imports", _readers_imports())
    yield "  }"
    yield "}"


def _exports() -> Iterator[str]:
    for subject in subscribers.exported():
        yield f"{{service: {quoted(subject)}, accounts: [{subscribers.ACCOUNT}]}}"
    yield f"{{stream: {quoted(f'{subscribers.DELIVERED}.>')}, accounts: [{subscribers.ACCOUNT}]}}"


def _imports() -> Iterator[str]:
    account = f"account: {subscribers.SERVICES_ACCOUNT}"
    for subject in subscribers.exported():
        local = subject.replace(_API, subscribers.ORIGIN_API)
        yield f"{{service: {{{account}, subject: {quoted(subject)}}}, to: {quoted(local)}}}"
    yield f"{{stream: {{{account}, subject: {quoted(f'{subscribers.DELIVERED}.>')}}}}}"


def _copy_exports() -> Iterator[str]:
    service = f"service: {quoted(f'{_API}.>')}, response_type: stream"
    yield f"{{{service}, accounts: [{subscribers.SERVICES_ACCOUNT}]}}"
    readers = f"accounts: [{subscribers.READERS_ACCOUNT}]"
    for subject in subscribers.readable():
        many = f", response_type: stream, threshold: {quoted(_LONGEST_PULL)}"
        yield f"{{service: {quoted(subject)}{many if subscribers.brings_many(subject) else ''}, {readers}}}"
    yield f"{{stream: {quoted(subscribers.INBOXES)}, {readers}}}"


def _readers_imports() -> Iterator[str]:
    account = f"account: {subscribers.ACCOUNT}"
    for subject in subscribers.readable():
        yield f"{{service: {{{account}, subject: {quoted(subject)}}}}}"
    yield f"{{stream: {{{account}, subject: {quoted(subscribers.INBOXES)}}}}}"


def _users(users: Iterable[NatsUser]) -> Iterator[str]:
    return _list("users", (user_line(user) for user in users))


def _list(name: str, entries: Iterable[str]) -> Iterator[str]:
    yield f"    {name}: ["
    yield from (f"      {entry}" for entry in entries)
    yield "    ]"


def _subscriber(name: str, user: str, password: str) -> NatsUser:
    allowed = subscribers.permissions_of(name)
    return NatsUser(user, password, publish=allowed.publish, subscribe=allowed.subscribe)
