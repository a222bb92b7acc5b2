"""What an operator or a deploy step does to the schema of the feed; the CLI calls these."""

from banstream_contracts import streams
from banstream_dayz_feed.rebuild import rebuild as make_anew
from banstream_decider.operations import Operations

_OPERATIONS = Operations(streams.DAYZ_FEED, make_anew)

SCHEMA, ROLE = _OPERATIONS.schema, _OPERATIONS.role
migrations, migrate, rebuild = _OPERATIONS.migrations, _OPERATIONS.migrate, _OPERATIONS.rebuild
