"""Targets: what they may be, what commands do to them, which events they are told."""

import asyncio
import socket
import threading
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banstream_contracts.commands import notifier as commands
from banstream_contracts.notifier_targets import TargetFilters, TargetKind
from banstream_decider.ports import Received
from banstream_notifier.batch import Batch
from banstream_notifier.choosing import is_chosen, subjects_of
from banstream_notifier.destinations import Destination, InvalidDestination, destination, is_public, shown
from banstream_notifier.envelope import Envelope
from banstream_notifier.outcomes import TryLater
from banstream_notifier.outside import PrivateAddress, Resolver, open_session, request
from banstream_notifier.rate_limits import RateLimits
from banstream_notifier.record import Record
from banstream_notifier.sealing import Opener
from banstream_testing.abuse import asked
from banstream_testing.notifier import NOTIFIER_KEY, SECRET, new_target, sealed

DISCORD, WEBHOOK = TargetKind.DISCORD, TargetKind.WEBHOOK
URL = "https://discord.com/api/webhooks/1187654321098765432/aToken-of_many-characters"
NOW = datetime(2026, 1, 2, tzinfo=UTC)


def decide(*given: commands.AnyTargetCommand, sequences: dict[UUID, int | None] | None = None) -> Batch:
    batch = Batch(0, {}, uuid4, Opener(NOTIFIER_KEY, allow_private=False), sequences or {})
    for each in given:
        batch.decide(Received(each))
    return batch


def types(batch: Batch) -> list[str]:
    return [event.type for event in batch.events]


def record(**values: Any) -> Record:
    command = new_target(URL, **values)
    return decide(command).changed[command.target_id]


def happened(kind: str, at: datetime = NOW, **body: Any) -> Envelope:
    return Envelope(uuid4(), kind, {}, {"type": kind, **body}, None, at, 1)


def test_a_target_is_created_changed_paused_resumed_and_removed() -> None:
    create = new_target(URL)
    about: dict[str, Any] = {"target_id": create.target_id}
    batch = decide(
        create,
        commands.ChangeTarget(**asked(**about, name="Other")),
        commands.PauseTarget(**asked(**about)),
        commands.ResumeTarget(**asked(**about)),
        commands.TestTarget(**asked(**about)),
        commands.RemoveTarget(**asked(**about)),
    )
    assert types(batch) == [
        *("target.created", "target.changed", "target.paused", "target.resumed"),
        *("target.test_requested", "target.removed"),
    ]
    assert [event.version for event in batch.events] == [1, 2, 3, 4, 5, 6]
    assert [result.status for result in batch.results.values()] == ["applied"] * 6


def test_the_same_again_changes_nothing() -> None:
    create = new_target(URL)
    about: dict[str, Any] = {"target_id": create.target_id}
    batch = decide(
        create,
        commands.ResumeTarget(**asked(**about)),
        commands.ChangeTarget(**asked(**about, name=create.name)),
        commands.PauseTarget(**asked(**about)),
        commands.PauseTarget(**asked(**about)),
    )
    assert types(batch) == ["target.created", "target.paused"]


def test_what_cannot_be_done_is_refused() -> None:
    create = new_target(URL)
    about: dict[str, Any] = {"target_id": create.target_id}
    batch = decide(
        commands.PauseTarget(**asked(**about)),
        new_target("http://discord.com/x"),
        create,
        new_target(URL, target_id=create.target_id),
        commands.ChangeTarget(**asked(**about, sealed_url="AAAA")),
        commands.RedeliverDelivery(**asked(**about, event_id=uuid4())),
        commands.PauseTarget(**asked(**about)),
        commands.TestTarget(**asked(**about)),
    )
    codes = [result.refusal.code for result in batch.results.values() if result.refusal]
    assert codes == [
        *("unknown-target", "invalid-target", "invalid-target", "invalid-target"),
        *("unknown-delivery", "target-stopped"),
    ]


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("infraction.isued", "no event is called infraction.isued; did you mean infraction.issued?"),
        ("infractions.*", "no event is called infractions.*; did you mean infraction.*?"),
        ("zzz.zzz", "no event is called zzz.zzz"),
        ("infraction.imported", "infraction.imported is told to no target: an import has thousands of them"),
    ],
    ids=["type", "kind", "nothing like it", "imported"],
)
def test_a_pattern_that_no_event_has_is_refused_when_it_is_chosen(pattern: str, said: str) -> None:
    create = new_target(URL)
    wrong = TargetFilters(events=("infraction.lifted", pattern))
    change = commands.ChangeTarget(**asked(target_id=create.target_id, filters=wrong))
    batch = decide(new_target(URL, filters=wrong), create, change)
    assert types(batch) == ["target.created"]
    refusals = [result.refusal for result in batch.results.values() if result.refusal]
    assert [(each.code, each.message) for each in refusals] == [("invalid-target", said)] * 2


def test_a_report_that_a_target_is_broken_holds_only_for_what_was_tried() -> None:
    create = new_target(URL)
    about: dict[str, Any] = {"target_id": create.target_id}
    late = commands.BreakTarget(**asked(**about, reason="404", seen_version=1))
    changed = commands.ChangeTarget(**asked(**about, sealed_url=sealed(URL + "2")))
    assert types(decide(create, changed, late)) == ["target.created", "target.changed"]
    tested = commands.TestTarget(**asked(**about))
    assert types(decide(create, tested, late, late))[-1] == "target.broken"
    assert types(decide(create, tested, late, late)).count("target.broken") == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://discord.com/api/webhooks/1/x",
        "https://discord.com/api/webhooks/1",
        "https://discord.com/api/webhooks/1/x/slack",
        "https://user:secret@example.com/x",
        "https:///x",
        "https://example.com/x#y",
        "https://example.com:99999/",
        "https://example.com/a b",
        "https://example.com/\u00e9",
        "ftp://example.com/x",
        "https://127.0.0.1/x",
        "https://[::ffff:10.0.0.1]/x",
        "https://169.254.169.254/latest",
        "https://xn--a./api/webhooks/1/secret",
        "https://[2606:4700::1]secret/api/webhooks/1/x",
        f"https://example.com/{'x' * 2048}",
    ],
)
def test_a_url_that_is_not_to_be_used_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(InvalidDestination) as refused:
        destination(DISCORD, url, None, allow_private=False)
    assert "secret" not in str(refused.value)
    assert url not in str(refused.value)


@pytest.mark.parametrize(
    "secret", [None, "", "whsec_", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_???"]
)
def test_a_webhook_needs_a_secret_of_the_scheme(secret: str | None) -> None:
    with pytest.raises(InvalidDestination):
        destination(WEBHOOK, "https://example.com/x", secret, allow_private=False)
    assert destination(WEBHOOK, "https://example.com/x", SECRET, allow_private=False).secret == SECRET


@pytest.mark.parametrize("size", [24, 31, 32, 64])
def test_a_secret_of_any_length_of_the_scheme_is_taken(size: int) -> None:
    secret = f"whsec_{b64encode(bytes(size)).decode()}"
    assert destination(WEBHOOK, "https://example.com/x", secret, allow_private=False).secret == secret


def test_a_url_is_shown_by_its_host_and_last_characters() -> None:
    assert shown(URL) == "https://discord.com/…ters"
    assert shown("https://example.com/short") == "https://example.com/…"
    assert "aToken" not in repr(Destination(URL, SECRET))
    assert SECRET not in repr(Destination(URL, SECRET))


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),  # noqa: S104 - to be refused
        *(
            "224.0.0.1",
            "255.255.255.255",
            "240.0.0.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "ff02::1",
            "::ffff:127.0.0.1",
        ),
        *("64:ff9b::7f00:1", "2002:7f00:1::", "64:ff9b:1::1", "2001::1", "fec0::1", "::127.0.0.1", "192.0.2.1"),
        *("192.0.0.192", "192.0.0.8", "168.63.129.16", "100.100.100.200", "169.254.0.23", "fd00:ec2::254"),
        *("::ffff:168.63.129.16", "64:ff9b::a83f:8110", "2002:a83f:8110::"),
    ],
)
def test_an_address_that_is_not_public_is_known_in_every_wrapping(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    ["162.159.128.233", "8.8.8.8", "168.63.129.17", "192.0.1.1", "2606:4700::1", "::ffff:8.8.8.8", "64:ff9b::808:808"],
)
def test_public_addresses_are(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("host", ["localhost", "2130706433", "0x7f000001", "127.1"])
async def test_names_that_resolve_to_private_addresses_are_refused_after_the_look_up(host: str) -> None:
    async with open_session(5.0, Resolver(only_public=True)) as session:
        with pytest.raises(TryLater, match=r"not public|cannot be resolved|InvalidUrl"):
            await request(session, "POST", f"https://{host}:9/secret-path")


@pytest.mark.parametrize("private", ["10.0.0.7", "127.0.0.1", "169.254.169.254"])
async def test_a_name_of_which_a_single_address_is_not_public_is_refused(private: str) -> None:
    def look_up(_host: str, *asked: Any, **more: Any) -> Any:
        return [found for each in ("8.8.8.8", private) for found in socket.getaddrinfo(each, *asked, **more)]

    resolver = Resolver(only_public=True, look_up=look_up)
    with pytest.raises(PrivateAddress):
        await resolver.resolve("example.org", 443)
    await resolver.close()


async def test_a_name_of_loopback_is_refused_for_its_address() -> None:
    async with open_session(5.0, Resolver(only_public=True)) as session:
        with pytest.raises(TryLater, match="not public"):
            await request(session, "POST", "https://localhost:9/secret-path")


async def test_nobody_waits_for_the_silent_name_server_of_somebody_else() -> None:
    speaks = threading.Event()

    def look_up(host: str, *asked: Any, **more: Any) -> Any:
        if host == "silent.example.org":
            speaks.wait(60)
        return socket.getaddrinfo("127.0.0.1", *asked, **more)

    resolver = Resolver(only_public=False, look_up=look_up)
    silent = [asyncio.create_task(resolver.resolve("silent.example.org")) for _ in range(50)]
    try:
        (found,) = await asyncio.wait_for(resolver.resolve("example.org", 443), 20)
        assert (found["hostname"], found["host"], found["port"]) == ("example.org", "127.0.0.1", 443)
        assert not any(each.done() for each in silent)
    finally:
        speaks.set()
        await asyncio.gather(*silent)
        await resolver.close()


def test_filters_choose_by_type_severity_server_and_scope() -> None:
    filters = TargetFilters(
        events=("infraction.*", "abuse.threshold_reached"),
        severities=("high",),
        servers=("a" * 24,),
        scopes=("global",),
    )
    chosen = record(filters=filters)
    good: dict[str, Any] = {"severity": "high", "scope": "global", "server_id": "a" * 24}
    assert is_chosen(happened("infraction.issued", **good), chosen, is_known=False)
    others: tuple[dict[str, Any], ...] = (
        {"severity": "low"},
        {"severity": None},
        {"scope": "server"},
        {"server_id": "b" * 24},
    )
    for other in others:
        assert not is_chosen(happened("infraction.issued", **{**good, **other}), chosen, is_known=False)
    assert is_chosen(happened("infraction.issued", **{**good, "server_id": None}), chosen, is_known=False)
    assert is_chosen(happened("infraction.lifted", scope="server"), chosen, is_known=True)
    assert is_chosen(happened("abuse.threshold_reached"), chosen, is_known=False)
    assert not is_chosen(happened("abuse.detected"), chosen, is_known=False)


def test_what_happens_to_a_target_is_told_to_others() -> None:
    every = record(filters=TargetFilters(events=("*",)))
    own = every.target.id
    assert is_chosen(happened("target.broken", target_id="b" * 24), every, is_known=False)
    assert not is_chosen(happened("target.broken", target_id=own), every, is_known=False)
    assert is_chosen(happened("target.test_requested", target_id=own), record_of(every), is_known=False)
    assert not is_chosen(happened("target.test_requested", target_id="b" * 24), every, is_known=False)


def record_of(other: Record) -> Record:
    """The same target, told of nothing else."""
    target = other.target.model_copy(update={"filters": TargetFilters(events=("policy.set",))})
    return other.model_copy(update={"target": target})


def test_what_waited_when_filters_changed_passes_both() -> None:
    create = new_target(URL, filters=TargetFilters(events=("infraction.issued",)))
    wider = TargetFilters(events=("*",))
    changed = commands.ChangeTarget(**asked(target_id=create.target_id, filters=wider))
    after = decide(create, changed).changed[create.target_id]
    before = changed.issued_at - timedelta(hours=1)
    assert is_chosen(happened("infraction.issued", before), after, is_known=False)
    assert not is_chosen(happened("policy.set", before), after, is_known=False)
    assert is_chosen(happened("policy.set", changed.issued_at), after, is_known=False)


PATTERNS = st.sampled_from(["*", "infraction.*", "infraction.issued", "target.*", "target.broken", "abuse.detected"])


@given(st.lists(PATTERNS, min_size=1, unique=True))
def test_no_two_subjects_of_a_consumer_overlap(patterns: list[str]) -> None:
    made = subjects_of(record(filters=TargetFilters(events=tuple(patterns))))
    examples = [each.replace("*", "x").replace(">", "y.z") for each in made]
    for example in examples:
        covering = [each for each in made if covers(each, example)]
        assert len(covering) == 1


def covers(wildcard: str, subject: str) -> bool:
    pairs = zip(wildcard.split("."), subject.split("."), strict=False)
    for one, other in pairs:
        if one == ">":
            return True
        if one not in {"*", other}:
            return False
    return len(wildcard.split(".")) == len(subject.split("."))


@pytest.mark.parametrize("asked", ["inf", "1e300", "7200"])
def test_a_rate_limit_is_believed_for_an_hour_at_most(asked: str) -> None:
    limits = RateLimits()
    limits.answered("a", {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": asked}, 10.0)
    assert limits.wait_seconds("a", 10.0) == 3600.0


def test_rate_limits_hold_for_their_webhook_and_the_global_one_for_all() -> None:
    limits = RateLimits()
    limits.answered("a", {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "1.5"}, 10.0)
    assert (limits.wait_seconds("a", 10.5), limits.wait_seconds("b", 10.5)) == (1.0, 0.0)
    limits.answered("a", {"X-RateLimit-Remaining": "4", "X-RateLimit-Reset-After": "1.5"}, 12.0)
    assert limits.wait_seconds("a", 12.0) == 0.0
    limits.refused("a", 64.57, 20.0, is_global=False)
    assert limits.wait_seconds("a", 20.0) == pytest.approx(64.57)
    limits.refused("a", 2.0, 20.0, is_global=True)
    limits.refused("b", 0.5, 20.0, is_global=True)
    assert limits.wait_seconds("b", 21.0) == 1.0
    limits.answered("b", {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "soon"}, 30.0)
    assert limits.wait_seconds("b", 30.0) == 0.0


def recorded(kind: str, before: timedelta, stored_at: datetime) -> Envelope:
    """An event of an EVENTS that was filled anew after it had happened, so long `before`."""
    milliseconds = int((stored_at - before).timestamp() * 1000)
    event_id = UUID(int=milliseconds << 80 | 7 << 76 | 2 << 62 | 1)
    return replace(happened(kind, stored_at), event_id=event_id)


def test_of_events_that_were_filled_anew_a_target_is_told_those_of_its_own_time() -> None:
    create = new_target(URL, filters=TargetFilters(events=("*",)))
    target = decide(create).changed[create.target_id]
    made, year = target.target.created_at, timedelta(days=365)
    for stored_at in (made + timedelta(days=1), made + year):
        since = stored_at - made
        assert not is_chosen(recorded("policy.set", since + timedelta(minutes=1), stored_at), target, is_known=False)
    assert is_chosen(recorded("policy.set", timedelta(days=60), made + year), target, is_known=False)
    assert not is_chosen(recorded("policy.set", timedelta(days=91), made + year), target, is_known=False)
    assert is_chosen(recorded("policy.set", timedelta(0), made + timedelta(seconds=1)), target, is_known=False)


def test_what_filters_held_back_is_held_back_where_events_were_filled_anew() -> None:
    create = new_target(URL, filters=TargetFilters(events=("infraction.issued",)))
    changed = commands.ChangeTarget(
        **asked(target_id=create.target_id, filters=TargetFilters(events=("*",)), issued_at=later(create, days=2))
    )
    after = decide(create, changed).changed[create.target_id]
    filled_anew = later(create, days=9)
    assert not is_chosen(recorded("policy.set", timedelta(days=8), filled_anew), after, is_known=False)
    assert is_chosen(recorded("policy.set", timedelta(days=6), filled_anew), after, is_known=False)


def later(create: commands.CreateTarget, days: int) -> datetime:
    return create.issued_at + timedelta(days=days)
