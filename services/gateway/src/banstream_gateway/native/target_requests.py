"""What clients send about targets of notifications."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from banstream_contracts.notifier_targets import NEW_TARGETS_EVENTS, Language, TargetDisplay, TargetFilters, TargetKind
from banstream_contracts.text import Name, Reason
from banstream_gateway.request_forms import ChangeRequest, Request
from banstream_gateway.requests import PlaceQuery

Url = Annotated[str, Field(min_length=1, max_length=2048)]
Secret = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^whsec_[A-Za-z0-9+/=]+$")]


class TargetRequest(Request):
    """Where events are to be told. URL and secret are sealed at once and never shown again."""

    name: Name
    kind: TargetKind
    url: Url = Field(repr=False)
    secret: Secret | None = Field(default=None, repr=False)
    """Of webhooks (Standard Webhooks); without it one is made, and shown this once."""
    filters: TargetFilters = TargetFilters()
    language: Language = "en"
    display: TargetDisplay = TargetDisplay()

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.kind is TargetKind.DISCORD and self.secret is not None:
            raise ValueError("secret is of webhooks; a Discord URL is its own secret")
        return self


class TargetChangeRequest(ChangeRequest):
    """What to change; what is not sent stays. `filters` and `display` are replaced whole."""

    name: Name | None = None
    url: Url | None = Field(default=None, repr=False)
    secret: Secret | None = Field(default=None, repr=False)
    filters: TargetFilters | None = None
    language: Language | None = None
    display: TargetDisplay | None = None


class TargetReasonRequest(Request):
    """Why; the body may be left out."""

    reason: Reason | None = None


class DeliveryQuery(PlaceQuery):
    """Which deliveries."""

    status: Literal["begun", "done", "dead"] | None = None


def with_usual_events(filters: TargetFilters) -> TargetFilters:
    """A new target whose events nobody chose is also told what detectors see, and of ban files that do not follow."""
    if "events" in filters.model_fields_set:
        return filters
    return filters.model_copy(update={"events": NEW_TARGETS_EVENTS})
