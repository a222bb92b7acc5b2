"""The types of events that this release knows."""

from typing import get_args

from banstream_contracts.events import AnyCredentialEvent, AnyInfractionEvent

EVENT_TYPES: tuple[str, ...] = tuple(
    model.model_fields["type"].default for model in (*get_args(AnyInfractionEvent), *get_args(AnyCredentialEvent))
)
