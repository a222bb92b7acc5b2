"""Events as they are read from EVENTS: what is private is not there, also where the log always has it."""

from functools import reduce
from operator import or_
from typing import Annotated, Any, get_args

from pydantic import Field, TypeAdapter, create_model

from banstream_contracts.events import AnyCredentialEvent, AnyEvent, AnyInfractionEvent, Event

EVENT_MODELS: tuple[type[Event], ...] = (*get_args(AnyInfractionEvent), *get_args(AnyCredentialEvent))
"""Every event."""


def _public(model: type[Event]) -> type[Event]:
    """The same event, whose private fields need not be there; an instance is one of `model` too."""
    hidden: dict[str, Any] = {
        name: (model.model_fields[name].annotation, None) for name in model.private if name in model.model_fields
    }
    public: type[Event] = create_model(model.__name__, __base__=model, __module__=__name__, **hidden)
    return public


_any: Any = reduce(or_, (_public(model) for model in EVENT_MODELS))
PUBLIC_EVENT: TypeAdapter[AnyEvent] = TypeAdapter(Annotated[_any, Field(discriminator="type")])
"""Reads a message of EVENTS. Its private fields, such as `key_hash` of a credential, are None."""
