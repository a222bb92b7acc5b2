"""What runs on top of NATS and Postgres: the seam between the stack and the services."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from banstream_cli.stack.access import Access
from banstream_cli.stack.child import ServiceSpec
from banstream_cli.stack.credentials import DevCredentials
from banstream_cli.stack.nats_users import NatsUser
from banstream_cli.stack.secret_file import Secrets
from banstream_cli.stack.settings import StackSettings
from banstream_cli.stack.supervisor import Supervisor


@dataclass(frozen=True, slots=True)
class Plan:
    """The stack asks for these in turn.

    The named NATS users and Postgres roles get passwords, each name of `port_names` gets a free port.
    `prepare` runs with NATS and Postgres up, `stages` are started in order and stopped in the reverse order,
    and `mint`, if any, makes these first credentials in the ready stack, once however often it is asked.
    `has_accounts` says whether anybody signs in.
    """

    nats_user_names: tuple[str, ...]
    postgres_role_names: tuple[str, ...]
    port_names: Callable[[StackSettings], tuple[str, ...]]
    nats_users: Callable[[Secrets], tuple[NatsUser, ...]]
    prepare: Callable[[Access, Supervisor], Awaitable[None]]
    stages: Callable[[StackSettings, Access], Sequence[Sequence[ServiceSpec]]]
    mint: Callable[[Access, DevCredentials], Awaitable[None]] | None = None
    has_accounts: Callable[[Access], Awaitable[bool]] | None = None
