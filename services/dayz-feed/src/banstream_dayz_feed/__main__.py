"""`python -m banstream_dayz_feed serve|migrate`: the service, and the deploy step before it."""

import sys

from banstream_dayz_feed import operations
from banstream_dayz_feed.app import create_app
from banstream_dayz_feed.settings import AdminSettings
from banstream_decider import command_line


async def migrate() -> list[str]:
    """As an administrator, with the password that the service's role shall have."""
    settings = AdminSettings()
    return await operations.migrate(
        settings.admin_database_url.get_secret_value(), settings.dayz_feed_password.get_secret_value()
    )


def main() -> int:
    """Returns the exit code."""
    return command_line.run("banstream_dayz_feed", sys.argv[1:], create_app, migrate)


if __name__ == "__main__":
    sys.exit(main())
