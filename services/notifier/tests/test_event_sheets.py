"""What a message about everything but infractions says: who, what, by whom, and by what it is found again."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from nats.js.errors import NotFoundError

from banstream_contracts import streams, subjects
from banstream_contracts.abuse import Threshold
from banstream_contracts.events.abuse import AbuseThresholdReached
from banstream_contracts.events.accounts import AccountInvited, LockedOut, RoleChanged
from banstream_contracts.events.appeals import AppealAssigned, AppealCodeRenewed
from banstream_contracts.events.ban_files import (
    BanFileDrifted,
    BanFileFailed,
    BanFileHostKeyAccepted,
    BanFileRecovered,
)
from banstream_contracts.events.event import Event, stored
from banstream_contracts.events.infractions import CredentialRevoked, CredentialRotated, RequestOpened
from banstream_contracts.events.requests import RequestApproved, RequestAssigned, RequestRejected
from banstream_contracts.evidence import EvidenceAttached
from banstream_contracts.examples.every_message import EXAMPLES
from banstream_contracts.examples.parts import EVENT_ID
from banstream_contracts.infractions import Credential, Severity
from banstream_contracts.notifier_targets import Language, TargetDisplay
from banstream_contracts.public_events import EVENT_MODELS, PUBLIC_EVENT, published
from banstream_notifier.envelope import Envelope
from banstream_notifier.rendering import event_sheets
from banstream_notifier.rendering.render import Embed, render
from banstream_notifier.rendering.sheets import GREEN, RED
from banstream_notifier.server_names import ServerNames
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
    assert "<t:" in values(shown(locked))["⏳ Ends"]


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


def reached(**changes: Any) -> dict[str, str]:
    plain = {"withheld": None, "under_review": False, "request_id": None}
    return values(shown(EXAMPLES[AbuseThresholdReached].model_copy(update={**plain, **changes})))


def test_a_threshold_says_what_follows_from_it() -> None:
    kick = {"threshold": Threshold.KICK, "ban": None}
    assert reached(threshold=Threshold.WARN, action="none", ban=None)["➡️ Action"] == "warn in the game"
    assert reached(**kick, action="kick")["➡️ Action"] == "kick"
    assert reached(**kick, action="none")["➡️ Action"] == "none, the game is told"
    assert reached(action="ban")["➡️ Action"] == "ban"
    assert reached(action="ban", request_id="0" * 24)["➡️ Action"] == "ban, then ask for a review"
    assert reached(action="ban", withheld="protected")["➡️ Action"] == "none: the player is protected"


def test_a_threshold_that_only_staff_act_on_says_why() -> None:
    why = "credentials under review reported it"
    kick = {"threshold": Threshold.KICK, "ban": None}
    assert reached(action="review", under_review=True)["➡️ Action"] == f"ask for a review\n{why}"
    assert reached(**kick, action="none", under_review=True)["➡️ Action"] == f"none, the game is told\n{why}"
    warned = reached(threshold=Threshold.WARN, action="none", ban=None, under_review=True)
    assert warned["➡️ Action"] == "warn in the game"


def test_only_a_ban_that_is_issued_has_a_duration_others_have_one_that_is_suggested() -> None:
    issued, asked = reached(action="ban"), reached(action="review")
    withheld = reached(action="ban", withheld="shadow")
    assert [each.get("⏳ Duration") for each in (issued, asked, withheld)] == ["7 days", None, None]
    assert [each.get("⏳ Suggested duration") for each in (issued, asked, withheld)] == [None, "7 days", "7 days"]


@pytest.mark.parametrize("is_repaired", [True, False], ids=["repaired", "left"])
def test_lines_that_somebody_changed_are_said_to_be_put_right_or_not(*, is_repaired: bool) -> None:
    drifted = EXAMPLES[BanFileDrifted].model_copy(update={"repaired": is_repaired})
    said = "put right again" if is_repaired else "left as it is"
    assert values(shown(drifted))["📏 Lines"] == f"1 missing, 2 changed\n{said}"


def test_bans_that_do_not_reach_a_file_are_told_with_since_when_and_why_and_so_is_the_end() -> None:
    failed: Any = EXAMPLES[BanFileFailed]
    recovered = EXAMPLES[BanFileRecovered]
    since = f"<t:{int(failed.since.timestamp())}:F> (<t:{int(failed.since.timestamp())}:R>)"
    said = values(shown(failed))
    assert said["🏷️ Name"] == values(shown(recovered))["🏷️ Name"] == "Chernarus 1"
    assert said["🕒 Not in step since"] == values(shown(recovered))["🕒 Not in step since"] == since
    assert said["📋 Reason"] == "The server did not take name and password or key"
    assert [shown(each)["color"] for each in (failed, recovered)] == [RED, GREEN]


def test_a_key_is_no_address_and_a_player_is_named_before_the_id() -> None:
    assert values(shown(EXAMPLES[BanFileHostKeyAccepted]))["🔑 Host key"].startswith("`SHA256:")
    assert [*values(shown(EXAMPLES[AbuseThresholdReached]))][:2] == ["👤 Player", "🆔 ID"]


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
