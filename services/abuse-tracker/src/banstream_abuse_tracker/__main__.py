"""`python -m banstream_abuse_tracker serve|migrate`: the service, and the deploy step before it."""

import sys

from banstream_abuse_tracker import operations
from banstream_abuse_tracker.app import create_app
from banstream_abuse_tracker.settings import AdminSettings
from banstream_decider import command_line


async def migrate() -> list[str]:
    """As an administrator, with the password that the service's role shall have."""
    settings = AdminSettings()
    return await operations.migrate(
        settings.admin_database_url.get_secret_value(), settings.abuse_tracker_password.get_secret_value()
    )


def main() -> int:
    """Returns the exit code."""
    return command_line.run("banstream_abuse_tracker", sys.argv[1:], create_app, migrate)


if __name__ == "__main__":
    sys.exit(main())
