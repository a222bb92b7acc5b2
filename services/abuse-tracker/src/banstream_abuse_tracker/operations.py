"""What an operator or a deploy step does to the schema of the abuse tracker; the CLI calls these."""

from banstream_abuse_tracker.rebuild import rebuild as make_anew
from banstream_contracts import streams
from banstream_decider.operations import Operations

_OPERATIONS = Operations(streams.ABUSE_TRACKER, make_anew)

SCHEMA, ROLE = _OPERATIONS.schema, _OPERATIONS.role
migrations, migrate, rebuild = _OPERATIONS.migrations, _OPERATIONS.migrate, _OPERATIONS.rebuild
