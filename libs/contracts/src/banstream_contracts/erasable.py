"""What an erasure takes out of events: the fields that the log keeps locked under a key of the person.

Fields of the older logs, which are in clear, are hidden in the same way.
"""

from collections.abc import Mapping

from banstream_contracts.public_events import EVENT_MODELS

ERASED = "(erased)"
"""What stands in the place of an erased text that an event cannot do without."""

ERASABLE: Mapping[str, Mapping[str, frozenset[str]]] = {
    str(model.model_fields["type"].default): model.erasable for model in EVENT_MODELS if model.erasable
}
"""By type of event: the path of a player to the paths of the fields about them. Without a player it is the stream's."""

NEEDED: Mapping[str, frozenset[str]] = {
    "request.commented": frozenset({"note"}),
    "call.opened": frozenset({"content.caller_name", "content.message"}),
}
"""Those fields that an event cannot do without."""

SEALED = frozenset({"sealed_name", "sealed_address"})
"""Fields that are locked already, under the key that infractions keeps; an erasure takes them out too."""
