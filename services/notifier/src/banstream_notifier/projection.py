"""The read model: the targets that there are or were. What was delivered is not in the log."""

from banstream_contracts.events.notifier import TARGET_EVENT
from banstream_decider.document_table import DocumentTable
from banstream_notifier.record import Record, evolve

TARGETS = DocumentTable("targets", "target_id", Record, TARGET_EVENT, evolve)
