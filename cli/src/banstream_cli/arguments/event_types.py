"""The types of events that this release knows."""

from banstream_contracts.public_events import EVENT_MODELS

EVENT_TYPES: tuple[str, ...] = tuple(str(model.model_fields["type"].default) for model in EVENT_MODELS)


def event_types(service: str) -> tuple[str, ...]:
    """Those of the log of one service."""
    return tuple(str(model.model_fields["type"].default) for model in EVENT_MODELS if model.service == service)
