"""A batch of commands decided one after the other in memory, each seeing what those before it did."""

from dataclasses import dataclass
from functools import reduce

from banstream_contracts.commands.log_sources import AddLogSource, AnyLogSourceCommand, ChangeLogSource
from banstream_dayz_feed.decisions import decide
from banstream_dayz_feed.places import InvalidLogin, Places, is_elsewhere
from banstream_dayz_feed.record import Record, evolve
from banstream_dayz_feed.rules.rules_file import RulesRefused, check_rules
from banstream_decider.documents import DocumentBatch
from banstream_decider.ports import Received


@dataclass(slots=True)
class Batch(DocumentBatch[Record]):
    """Commands on sources of logs; `places` knows what is wrong with a login."""

    places: Places

    def decide(self, received: Received[AnyLogSourceCommand]) -> None:
        """Decide a command on what it concerns."""
        command = received.dated()
        record = self.document(command.source_id)
        decision = decide(command, record, self._problem(command, record))
        after = reduce(evolve, decision.events, record)
        self.take(received, decision, after, command.source_id, log_source=after and after.source)

    def _problem(self, command: AnyLogSourceCommand, record: Record | None) -> str | None:
        """What is wrong with the source as the command wants it."""
        if not isinstance(command, AddLogSource | ChangeLogSource):
            return None
        login = command.login or (record.source.login if record else None)
        try:
            if login is not None:
                if record and not command.sealed_secret and is_elsewhere(login, record.source.login):
                    return "login: another server needs its secret named with it"
                self.places.checked(login, command.sealed_secret or (record.sealed_secret if record else None))
            if command.rules is not None:
                check_rules(command.rules)
        except InvalidLogin as error:
            return f"login: {error}"
        except RulesRefused as error:
            return f"rules: {error}"
        return None
