"""What an operator or a deploy step does to the schema of the feed; the CLI calls these."""

from banstream_contracts import streams
from banstream_dayz_feed.projection import LOG_SOURCES
from banstream_decider.operations import Operations

_OPERATIONS = Operations(streams.DAYZ_FEED, LOG_SOURCES.rebuild)

SCHEMA, ROLE = _OPERATIONS.schema, _OPERATIONS.role
migrations, migrate, rebuild = _OPERATIONS.migrations, _OPERATIONS.migrate, _OPERATIONS.rebuild
