"""The read model: the sources that there are or were. How far reading is and what it found is not in the log."""

from banstream_contracts.events.log_sources import LOG_SOURCE_EVENT
from banstream_dayz_feed.record import Record, evolve
from banstream_decider.document_table import DocumentTable

LOG_SOURCES = DocumentTable("log_sources", "source_id", Record, LOG_SOURCE_EVENT, evolve)
