import json
import os
from pathlib import Path

import pytest

from banstream_cli.stack.access import NATS, POSTGRES, Access
from banstream_cli.stack.environment import child_environment
from banstream_cli.stack.secret_file import Secrets, load_secrets
from banstream_cli.stack.settings import StackSettings
from banstream_cli.starting.services import BANSTREAM, abuse_tracker, console, dayz_feed, gateway, migrations, notifier
from banstream_privacy.transit import sealing_public_key


@pytest.fixture
def secrets(tmp_path: Path) -> Secrets:
    return load_secrets(tmp_path / "secrets.json", BANSTREAM.nats_user_names, BANSTREAM.postgres_role_names)


@pytest.fixture
def access(tmp_path: Path, secrets: Secrets) -> Access:
    names = (NATS, POSTGRES, *BANSTREAM.port_names(StackSettings()))
    return Access(tmp_path, "127.0.0.1", 8080, {name: 1000 + place for place, name in enumerate(names)}, secrets)


def test_the_services_that_decide_start_before_the_gateways(access: Access) -> None:
    stages = BANSTREAM.stages(StackSettings(gateway_workers=2), _with_gateways(access, 2))
    assert [{spec.name for spec in stage} for stage in stages] == [
        {"infractions", "abuse-tracker", "notifier", "ftp-sync", "dayz-feed"},
        {"gateway-1", "gateway-2", "console"},
    ]


def test_the_abuse_tracker_gets_its_own_logins_and_no_key(
    access: Access, secrets: Secrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BANSTREAM_TEST_BACKEND", raising=False)
    monkeypatch.setenv("BANSTREAM_ABUSE_TRACKER_PASSWORD", "of the shell")
    environment = abuse_tracker(access).env
    given = {name: value for name, value in environment.items() if name.startswith("BANSTREAM_")}
    role = "banstream_abuse_tracker"
    assert given == {
        "BANSTREAM_NATS_URL": access.nats_url,
        "BANSTREAM_NATS_USER": "abuse-tracker",
        "BANSTREAM_NATS_PASSWORD": secrets.nats["abuse-tracker"],
        "BANSTREAM_DATABASE_URL": access.database_url(role),
        "BANSTREAM_METRICS_PORT": str(access.ports["abuse_tracker_metrics"]),
    }


def test_only_the_notifier_can_open_what_gateways_seal_for_it(access: Access, secrets: Secrets) -> None:
    assert notifier(access).env["BANSTREAM_NOTIFIER_MASTER_KEY"] == secrets.notifier_key
    environment = gateway(_with_gateways(access, 1), 1).env
    public = sealing_public_key(bytes.fromhex(secrets.notifier_key)).hex()
    assert environment["BANSTREAM_NOTIFIER_SEALING_PUBLIC_KEY"] == public
    assert secrets.notifier_key not in environment.values()


def test_only_the_feed_can_open_what_gateways_and_consoles_seal_for_it(access: Access, secrets: Secrets) -> None:
    assert dayz_feed(access).env["BANSTREAM_DAYZ_FEED_MASTER_KEY"] == secrets.dayz_feed_key
    public = sealing_public_key(bytes.fromhex(secrets.dayz_feed_key)).hex()
    for environment in (gateway(_with_gateways(access, 1), 1).env, console(access).env):
        assert environment["BANSTREAM_DAYZ_FEED_SEALING_PUBLIC_KEY"] == public
        assert secrets.dayz_feed_key not in environment.values()


def test_each_migration_gets_the_password_of_its_role(access: Access, secrets: Secrets) -> None:
    passwords = {
        name: value for step in migrations(access) for name, value in step.env.items() if name.endswith("_PASSWORD")
    }
    assert passwords == {
        "BANSTREAM_INFRACTIONS_PASSWORD": secrets.postgres["banstream_infractions"],
        "BANSTREAM_ABUSE_TRACKER_PASSWORD": secrets.postgres["banstream_abuse_tracker"],
        "BANSTREAM_NOTIFIER_PASSWORD": secrets.postgres["banstream_notifier"],
        "BANSTREAM_DAYZ_FEED_PASSWORD": secrets.postgres["banstream_dayz_feed"],
        "BANSTREAM_FTP_SYNC_PASSWORD": secrets.postgres["banstream_ftp_sync"],
    }


def test_what_one_process_is_given_no_other_takes_from_the_shell(
    access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in os.environ:
        if name.startswith("BANSTREAM_"):
            monkeypatch.delenv(name)
    stages = BANSTREAM.stages(StackSettings(), _with_gateways(access, 1))
    specs = [*migrations(access), *(spec for stage in stages for spec in stage)]
    own = {name for spec in specs for name in spec.env if name.startswith("BANSTREAM_")}
    files = {f"{name}_FILE" for name in own if name.endswith("_KEY") and not name.endswith("_PUBLIC_KEY")}
    assert {"BANSTREAM_MASTER_KEY", "BANSTREAM_ADDRESS_KEY", "BANSTREAM_ACCOUNTS_KEY"} <= own
    assert child_environment({}, dict.fromkeys(own | files, "of the shell")) == {"PYTHONUNBUFFERED": "1"}


def test_a_data_folder_from_before_the_abuse_tracker_gets_its_passwords(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    before = load_secrets(file, ("operator", "infractions", "gateway"), ("postgres", "banstream_infractions"))
    kept = json.loads(file.read_text())
    del kept["notifier_key"]
    file.write_text(json.dumps(kept))
    after = load_secrets(file, BANSTREAM.nats_user_names, BANSTREAM.postgres_role_names)
    assert after.nats.items() > before.nats.items()
    assert after.postgres.items() > before.postgres.items()
    assert ("abuse-tracker", after.nats["abuse-tracker"]) in {
        (user.name, user.password) for user in BANSTREAM.nats_users(after)
    }
    assert json.loads(file.read_text())["postgres"]["banstream_abuse_tracker"]
    assert json.loads(file.read_text())["notifier_key"] == after.notifier_key
    assert (after.master_key, after.address_key) == (before.master_key, before.address_key)


def _with_gateways(access: Access, count: int) -> Access:
    ports = {**access.ports, **{f"gateway_{number}": 2000 + number for number in range(1, count + 1)}}
    return Access(access.folder, access.http_host, access.http_port, ports, access.secrets)
