"""`python -m banstream_ftp_sync serve|migrate`: the service, and the deploy step before it."""

import sys

from banstream_decider import command_line
from banstream_ftp_sync import operations
from banstream_ftp_sync.app import create_app
from banstream_ftp_sync.settings import AdminSettings


async def migrate() -> list[str]:
    """As an administrator, with the password that the service's role shall have."""
    settings = AdminSettings()
    return await operations.migrate(
        settings.admin_database_url.get_secret_value(), settings.ftp_sync_password.get_secret_value()
    )


def main() -> int:
    """Returns the exit code."""
    return command_line.run("banstream_ftp_sync", sys.argv[1:], create_app, migrate)


if __name__ == "__main__":
    sys.exit(main())
