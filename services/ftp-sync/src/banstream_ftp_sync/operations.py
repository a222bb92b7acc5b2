"""What an operator or a deploy step does to the schema of ftp-sync; the CLI calls these."""

from banstream_contracts import streams
from banstream_decider.operations import Operations
from banstream_ftp_sync.projection import BAN_FILES

_OPERATIONS = Operations(streams.FTP_SYNC, BAN_FILES.rebuild)

SCHEMA, ROLE = _OPERATIONS.schema, _OPERATIONS.role
migrations, migrate, rebuild = _OPERATIONS.migrations, _OPERATIONS.migrate, _OPERATIONS.rebuild
