"""A batch of commands decided one after the other in memory, each seeing what those before it did. Pure."""

from dataclasses import dataclass
from functools import reduce

from banstream_contracts.commands.ban_files import AnyBanFileCommand, ChangeBanFile, CreateBanFile
from banstream_decider.documents import DocumentBatch
from banstream_decider.ports import Received
from banstream_ftp_sync.decisions import decide
from banstream_ftp_sync.places import InvalidPlace, identity
from banstream_ftp_sync.record import Record, evolve
from banstream_ftp_sync.sealing import Opener


@dataclass(slots=True)
class Batch(DocumentBatch[Record]):
    """Commands on ban files; `opener` knows what is wrong with a place and its secret."""

    opener: Opener

    def decide(self, received: Received[AnyBanFileCommand]) -> None:
        """Decide a command on what it concerns."""
        command = received.dated()
        record = self.document(command.ban_file_id)
        decision = decide(command, record, self._problem(command, record))
        after = reduce(evolve, decision.events, record)
        self.take(received, decision, after, command.ban_file_id, ban_file=after and after.ban_file)

    def _problem(self, command: AnyBanFileCommand, record: Record | None) -> str | None:
        """What is wrong with the place and secret that a command brings."""
        if not isinstance(command, CreateBanFile | ChangeBanFile):
            return None
        before = record.ban_file if record else None
        place = command.place or (before.place if before else None)
        ban_format = command.format if isinstance(command, CreateBanFile) else before.format if before else None
        if place is None or ban_format is None or (command.place is None and command.sealed_secret is None):
            return None
        try:
            self.opener.check(place, ban_format, command.sealed_secret or (record.sealed_secret if record else None))
        except InvalidPlace as error:
            return str(error)
        for other_id, other in {**self.documents, **self.changed}.items():
            is_other = other_id != command.ban_file_id and not other.is_removed
            if is_other and identity(other.ban_file.place) == identity(place):
                return f"{other.ban_file.name} is the same file ({other_id})"
        return None
