"""The accounts of NATS: streams and services (ADR 0038), a copy of EVENTS (ADR 0018), who reads it (ADR 0035)."""

from collections.abc import Iterable, Iterator, Mapping

from banstream_cli.stack.nats_users import NatsUser, quoted, user_line, users_with
from banstream_contracts import nats_accounts, subscribers

_API = "$JS.API"
_LONGEST_PULL = "1h"
"""How long a subscriber's pull may wait for its first message and between two, in place of two minutes.

Those of services have a heartbeat or wait for seconds; NATS keeps as long where the answer of each request goes.
"""


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
    yield f"  {nats_accounts.STREAMS} {{"
    yield "    jetstream: enabled"
    yield from _list("exports", [*_streams_exports(), *_origin_exports()])
    yield "  }"
    yield f"  {nats_accounts.SERVICES} {{"
    yield from _users(users)
    yield from _list("imports", _services_imports())
    yield "  }"
    yield f"  {nats_accounts.COPY} {{"
    yield "    jetstream: {max_streams: 1}"
    yield from _list("exports", _copy_exports())
    yield from _list("imports", _copy_imports())
    yield "  }"
    yield f"  {nats_accounts.READERS} {{"
    yield from _users(outside)
    yield from _list("imports", _readers_imports())
    yield "  }"
    yield "}"


def _streams_exports() -> Iterator[str]:
    """What services ask of JetStream and store in it, and what it brings them."""
    services = f"accounts: [{nats_accounts.SERVICES}]"
    for subject in nats_accounts.stored():
        many = ", response_type: stream" if nats_accounts.brings_many(subject) else ""
        yield f"{{service: {quoted(subject)}{many}, {services}}}"
    yield f"{{stream: {quoted(nats_accounts.INBOXES)}, {services}}}"


def _services_imports() -> Iterator[str]:
    yield from _asked_of(nats_accounts.STREAMS, nats_accounts.stored())
    api = f"account: {nats_accounts.COPY}, subject: {quoted(f'{_API}.>')}"
    yield f"{{service: {{{api}}}, to: {quoted(f'{subscribers.API}.>')}}}"


def _origin_exports() -> Iterator[str]:
    copy = f"accounts: [{nats_accounts.COPY}]"
    for subject in subscribers.exported():
        yield f"{{service: {quoted(subject)}, {copy}}}"
    yield f"{{stream: {quoted(f'{subscribers.DELIVERED}.>')}, {copy}}}"


def _copy_imports() -> Iterator[str]:
    account = f"account: {nats_accounts.STREAMS}"
    for subject in subscribers.exported():
        local = subject.replace(_API, subscribers.ORIGIN_API)
        yield f"{{service: {{{account}, subject: {quoted(subject)}}}, to: {quoted(local)}}}"
    yield f"{{stream: {{{account}, subject: {quoted(f'{subscribers.DELIVERED}.>')}}}}}"


def _copy_exports() -> Iterator[str]:
    service = f"service: {quoted(f'{_API}.>')}, response_type: stream"
    yield f"{{{service}, accounts: [{nats_accounts.SERVICES}]}}"
    readers = f"accounts: [{nats_accounts.READERS}]"
    for subject in subscribers.readable():
        many = f", response_type: stream, threshold: {quoted(_LONGEST_PULL)}"
        yield f"{{service: {quoted(subject)}{many if subscribers.brings_many(subject) else ''}, {readers}}}"
    yield f"{{stream: {quoted(nats_accounts.INBOXES)}, {readers}}}"


def _readers_imports() -> Iterator[str]:
    return _asked_of(nats_accounts.COPY, subscribers.readable())


def _asked_of(account: str, subjects: Iterable[str]) -> Iterator[str]:
    """What is asked of another account, and what its consumers bring to inboxes by themselves."""
    for subject in subjects:
        yield f"{{service: {{account: {account}, subject: {quoted(subject)}}}}}"
    yield f"{{stream: {{account: {account}, subject: {quoted(nats_accounts.INBOXES)}}}}}"


def _users(users: Iterable[NatsUser]) -> Iterator[str]:
    return _list("users", (user_line(user) for user in users))


def _list(name: str, entries: Iterable[str]) -> Iterator[str]:
    yield f"    {name}: ["
    yield from (f"      {entry}" for entry in entries)
    yield "    ]"


def _subscriber(name: str, user: str, password: str) -> NatsUser:
    allowed = subscribers.permissions_of(name)
    return NatsUser(user, password, publish=allowed.publish, subscribe=allowed.subscribe)
