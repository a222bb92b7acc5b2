"""What an operator or a deploy step does to the schema of the notifier; the CLI calls these."""

from banstream_contracts import streams
from banstream_decider.operations import Operations
from banstream_notifier.projection import TARGETS

_OPERATIONS = Operations(streams.NOTIFIER, TARGETS.rebuild)

SCHEMA, ROLE = _OPERATIONS.schema, _OPERATIONS.role
migrations, migrate, rebuild = _OPERATIONS.migrations, _OPERATIONS.migrate, _OPERATIONS.rebuild
