"""`python -m banstream_abuse_tracker serve|migrate`: the service, and the deploy step before it."""

import asyncio
import sys
from contextlib import suppress

import uvloop
from nats.errors import ConnectionReconnectingError

from banstream_abuse_tracker import operations
from banstream_abuse_tracker.app import create_app
from banstream_abuse_tracker.settings import AdminSettings


def main() -> int:
    """Returns the exit code."""
    match sys.argv[1:]:
        case [] | ["serve"]:
            with suppress(ConnectionReconnectingError):  # FastStream drains its connection, which may be away
                uvloop.run(create_app().run())
            return 0
        case ["migrate"]:
            settings = AdminSettings()
            applied = asyncio.run(
                operations.migrate(
                    settings.admin_database_url.get_secret_value(), settings.abuse_tracker_password.get_secret_value()
                )
            )
            sys.stdout.write(f"applied: {', '.join(applied) or 'nothing, the schema is up to date'}\n")
            return 0
        case _:
            sys.stderr.write("usage: python -m banstream_abuse_tracker [serve|migrate]\n")
            return 2


if __name__ == "__main__":
    sys.exit(main())
