"""What the forms of targets ask for. Pure, but for the secret that is made."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from secrets import token_bytes

from pydantic import ValidationError

from banstream_console.problems.exceptions import Unfit
from banstream_console.problems.field_errors import Wrong, wrongs_of
from banstream_contracts.infractions import Severity
from banstream_contracts.notifier_targets import NEW_TARGETS_EVENTS, TargetFilters

LANGUAGES = ("en", "es", "pt-BR", "zh-CN")
LONGEST_URL = 2048
_SECRET_BYTES = 32


def new_signing_secret() -> str:
    """Of a webhook (Standard Webhooks)."""
    return f"whsec_{b64encode(token_bytes(_SECRET_BYTES)).decode()}"


def url_of(form: Mapping[str, Sequence[str]]) -> str:
    """Raises Unfit."""
    url = first(form, "url")
    if not url.startswith(("https://", "http://")) or len(url) > LONGEST_URL or not url.isprintable():
        raise Unfit({"url": Wrong("url", limit=LONGEST_URL)})
    return url


def filters_in(form: Mapping[str, Sequence[str]]) -> TargetFilters:
    """Which events, of which infractions. Raises Unfit."""
    events = [each for each in first(form, "events").replace(",", " ").split() if each]
    severities = form.get("severities", [])
    try:
        return TargetFilters.model_validate(
            {
                "events": events or NEW_TARGETS_EVENTS,
                "severities": [each.value for each in Severity if each in severities],
                "servers": first(form, "servers").replace(",", " ").split(),
            }
        )
    except ValidationError as error:
        raise Unfit({name.split(".")[0]: what for name, what in wrongs_of(error).items()}) from None


def first(form: Mapping[str, Sequence[str]], name: str) -> str:
    """A field; empty where it was not sent."""
    return next(iter(form.get(name, ())), "")
