"""What a message about everything but infractions says: who, what, by whom, and by what it is found again."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from nats.js.errors import NotFoundError

from banstream_contracts import streams, subjects
from banstream_contracts.abuse_events import AbuseThresholdReached
from banstream_contracts.account_events import AccountInvited, LockedOut, RoleChanged
from banstream_contracts.appeal_events import AppealAssigned, AppealCodeRenewed
from banstream_contracts.events import CredentialRevoked, CredentialRotated, Event, RequestOpened, stored
from banstream_contracts.evidence import EvidenceAttached
from banstream_contracts.example_parts import EVENT_ID
from banstream_contracts.examples import EXAMPLES
from banstream_contracts.infractions import Credential, Severity
from banstream_contracts.notifier_targets import Language, TargetDisplay
from banstream_contracts.public_events import EVENT_MODELS, PUBLIC_EVENT, published
from banstream_contracts.request_events import RequestApproved, RequestAssigned, RequestRejected
from banstream_notifier import event_sheets
from banstream_notifier.envelope import Envelope
from banstream_notifier.render import Embed, render
from banstream_notifier.server_names import ServerNames
from banstream_notifier.sheets import GREEN
from banstream_notifier.texts import texts

NOW = datetime(2026, 1, 2, tzinfo=UTC)
OF_ACCOUNTS = [model for model in EVENT_MODELS if model.model_fields["type"].default.startswith("account.")]
"""Who did it says nothing of whose account it is."""


def told(event: Event) -> Envelope:
    body = published(stored(event))
    return Envelope(EVENT_ID, body["type"], {}, body, PUBLIC_EVENT.validate_python(body), NOW, 1)


def shown(event: Any, names: Mapping[str, str] | None = None, language: str = "en", **display: Any) -> Embed:
    look = TargetDisplay(**display)
    return render(event_sheets.sheet_of(told(event), look, names or {}), texts(language), look)


def values(embed: Embed) -> dict[str, str]:
    return {each["name"]: each["value"] for each in embed["fields"]}


@pytest.mark.parametrize("model", OF_ACCOUNTS, ids=lambda model: model.__name__)
def test_an_event_of_an_account_says_which_though_staff_are_not_named(model: type[Event]) -> None:
    event: Any = EXAMPLES[model]
    assert values(shown(event, staff=False))["👤 Account"] == f"`{event.account_id}`"


@pytest.mark.parametrize("model", [RequestAssigned, AppealAssigned, AccountInvited])
def test_where_staff_are_not_named_nobody_of_them_is(model: type[Event]) -> None:
    assert "Alice" in str(shown(EXAMPLES[model]))
    assert "Alice" not in str(shown(EXAMPLES[model], staff=False))


def test_a_role_is_told_with_the_one_before_and_a_lock_with_its_end() -> None:
    changed, invited, locked = (EXAMPLES[model] for model in (RoleChanged, AccountInvited, LockedOut))
    assert values(shown(changed))["🛂 Role"] == "`moderator` → `reviewer`"
    assert values(shown(invited))["🛂 Role"] == "`moderator`"
    assert "<t:" in values(shown(locked))["⏳ Until"]


@pytest.mark.parametrize("model", [CredentialRotated, CredentialRevoked])
def test_a_credential_goes_by_its_name_or_else_by_its_id(model: type[Event]) -> None:
    event: Any = EXAMPLES[model]
    assert values(shown(event))["🏷️ Name"] == f"`{event.credential_id}`"
    assert values(shown(event, {event.credential_id: "EU 1"}))["🏷️ Name"] == "EU 1"


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("model", [RequestOpened, RequestApproved, RequestRejected], ids=lambda model: model.__name__)
def test_a_request_says_whether_to_ban_or_to_lift(model: type[Event], language: str) -> None:
    event: Any = EXAMPLES[model]
    asked = [
        values(shown(event.model_copy(update={"wanted": wanted}), language=language))[
            texts(language).say("label-wanted")
        ]
        for wanted in ("punish", "lift")
    ]
    assert asked == [texts(language).say("wanted-punish"), texts(language).say("wanted-lift")]


def test_what_is_reviewed_for_its_severity_says_that_and_no_count() -> None:
    reached = EXAMPLES[AbuseThresholdReached].model_copy(update={"count": 0, "limit": 0, "severity": Severity.HIGH})
    said = values(shown(reached))
    assert said["⚠️ Severity"] == "HIGH"
    assert "🔢 Count" not in said
    assert "🔢 Count" in values(shown(EXAMPLES[AbuseThresholdReached]))


def test_a_ban_that_was_lifted_on_request_shows_no_hammer() -> None:
    embed = shown(EXAMPLES[RequestApproved].model_copy(update={"wanted": "lift"}))
    assert (embed["title"], embed["color"]) == ("✅ Review request approved", GREEN)


@pytest.mark.parametrize("model", [EvidenceAttached, AppealCodeRenewed])
def test_what_concerns_an_infraction_names_it(model: type[Event]) -> None:
    event: Any = EXAMPLES[model]
    assert shown(event)["footer"]["text"] == f"Infraction ID: {event.infraction_id}"


def test_a_name_of_which_nothing_is_seen_has_no_row() -> None:
    opened = EXAMPLES[RequestOpened]
    assert "👤 Player" in values(shown(opened))
    assert "👤 Player" not in values(shown(opened.model_copy(update={"player_name": "\u3164\u200b"})))


class Bucket:
    """NATS with credentials in it."""

    def __init__(self, *credentials: Credential) -> None:
        self._entries = {subjects.entry(streams.CREDENTIALS_BUCKET, each.id): each for each in credentials}
        self.data: bytes | None = None

    def jetstream(self) -> "Bucket":
        return self

    async def get_last_msg(self, _stream: str, subject: str) -> "Bucket":
        if subject not in self._entries:
            raise NotFoundError
        self.data = self._entries[subject].model_dump_json().encode()
        return self


async def test_what_happened_to_a_credential_is_told_with_its_name_though_it_is_revoked() -> None:
    event: Any = EXAMPLES[CredentialRevoked]
    credential = Credential(
        id=event.credential_id,
        kind="token",
        name="Discord bot",
        scopes=("check",),
        key_hash="0" * 64,
        created_at=NOW,
        created_by=event.actor,
        revoked_at=NOW,
    )
    client: Any = Bucket(credential)
    assert await ServerNames(client)([told(event)]) == {event.credential_id: "Discord bot"}
