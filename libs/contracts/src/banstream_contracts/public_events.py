"""Events as they are read from EVENTS: what is private is not there, also where the log always has it."""

from functools import reduce
from operator import or_
from typing import Annotated, Any, get_args

from pydantic import Field, TypeAdapter, create_model

from banstream_contracts.events.abuse import AnyAbuseEvent
from banstream_contracts.events.ban_files import AnyBanFileEvent
from banstream_contracts.events.event import Event, without_private
from banstream_contracts.events.log_sources import AnyLogSourceEvent
from banstream_contracts.events.notifier import AnyTargetEvent
from banstream_contracts.infraction_messages import AnyEvent
from banstream_contracts.infractions import LATE

EVENT_MODELS: tuple[type[Event], ...] = (
    *get_args(get_args(AnyEvent)[0]),
    *get_args(get_args(AnyAbuseEvent)[0]),
    *get_args(get_args(AnyTargetEvent)[0]),
    *get_args(get_args(AnyBanFileEvent)[0]),
    *get_args(get_args(AnyLogSourceEvent)[0]),
)
"""Every event there is, whichever service it comes from."""

_PRIVATE = {str(model.model_fields["type"].default): model.private for model in EVENT_MODELS}


def published(values: dict[str, Any]) -> dict[str, Any]:
    """What leaves a log: the stored values of an event without its private fields.

    An event of a type that this release does not know is published as it is stored.
    """
    return without_private(values, _PRIVATE.get(str(values.get("type")), frozenset()))


def _public(model: type[Event]) -> type[Event]:
    """The same event, whose private fields need not be there; an instance is one of `model` too."""
    hidden: dict[str, Any] = {
        name: (model.model_fields[name].annotation, None) for name in model.private if name in model.model_fields
    }
    public: type[Event] = create_model(model.__name__, __base__=model, __module__=__name__, **hidden)
    return public


_any: Any = reduce(or_, (_public(model) for model in EVENT_MODELS))
AnyPublicEvent = AnyEvent | AnyAbuseEvent | AnyTargetEvent | AnyBanFileEvent | AnyLogSourceEvent
PUBLIC_EVENT: TypeAdapter[AnyPublicEvent] = TypeAdapter(Annotated[_any, Field(discriminator="type")], config=LATE)
"""Reads a message of EVENTS. Its private fields, such as `key_hash` of a credential, are None."""
