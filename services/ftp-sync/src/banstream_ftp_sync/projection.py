"""The read model: the ban files that there are or were. What the files hold is not in the log."""

from banstream_contracts.events.ban_files import BAN_FILE_EVENT
from banstream_decider.document_table import DocumentTable
from banstream_ftp_sync.record import Record, evolve

BAN_FILES = DocumentTable("ban_files", "ban_file_id", Record, BAN_FILE_EVENT, evolve)
