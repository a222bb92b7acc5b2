"""The rules in a real Prometheus: loaded, evaluated, and each alert made to fire."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.deploy.prometheus_server import asked, prometheus_server, until

ROOT = Path(__file__).parents[2]
GRAFANA = ROOT / "deploy/grafana"

pytestmark = pytest.mark.skipif(
    not (shutil.which("promtool") and shutil.which("prometheus")),
    reason="NOT TESTED: prometheus and promtool, which load the rules, are not here",
)

Series = dict[str, str]
WELL: Series = {
    'up{service="gateway"}': "1x200",
    'up{service="infractions"}': "1x200",
    'banstream_stale_seconds{service="gateway",instance="a"}': "0x200",
    'banstream_leading{service="infractions",instance="a"}': "1x200",
    'banstream_leading{service="infractions",instance="b"}': "0x200",
    'banstream_nats_connected{service="gateway",instance="a"}': "1x200",
    'banstream_http_request_seconds_count{service="gateway",route="/check",status="200"}': "0+600x200",
    'banstream_http_request_seconds_bucket{service="gateway",route="/check",status="200",le="0.005"}': "0+600x200",
    'banstream_http_request_seconds_bucket{service="gateway",route="/check",status="200",le="+Inf"}': "0+600x200",
    'banstream_writes_total{outcome="done"}': "0+60x200",
    'banstream_relay_lag_events{service="infractions"}': "0x200",
    'banstream_relayed_position{service="infractions"}': "0+60x200",
    'banstream_consumer_pending_messages{stream="COMMANDS",consumer="infractions"}': "3x200",
    'banstream_consumer_unacknowledged_messages{stream="COMMANDS",consumer="infractions"}': "3x200",
    'banstream_consumer_pending_messages{stream="EVENTS",consumer="notifier-1"}': "0x200",
    'banstream_consumer_unacknowledged_messages{stream="EVENTS",consumer="notifier-1"}': "0x200",
    'banstream_dead_letters_total{consumer="infractions"}': "4x200",
    'banstream_stream_bytes{stream="EVENTS"}': "1000000000x200",
    'kubelet_volume_stats_available_bytes{persistentvolumeclaim="data-nats-0"}': "80x200",
    'kubelet_volume_stats_capacity_bytes{persistentvolumeclaim="data-nats-0"}': "100x200",
    'banstream_notifier_targets{status="broken"}': "0x200",
    'banstream_notifier_failed_requests_total{kind="Unreachable"}': "0x200",
    'banstream_keys_not_opened_total{service="infractions",keys="person"}': "4x200",
    'banstream_ftp_sync_unapplied_seconds{ban_file="1"}': "5x200",
    'banstream_log_source_lag_seconds{source="1"}': "5x200",
}
"""A minute a step; nothing is wrong."""

ILL: dict[str, Series] = {
    "BanstreamNotScraped": {'banstream_stale_seconds{service="gateway",instance="a"}': "_x200"},
    "BanstreamServiceDown": {'up{service="infractions"}': "0x200"},
    "BanstreamNoLeader": {'banstream_leading{service="infractions",instance="a"}': "0x200"},
    "BanstreamBusLost": {'banstream_nats_connected{service="gateway",instance="a"}': "0x200"},
    "BanstreamGatewayStale": {'banstream_stale_seconds{service="gateway",instance="a"}': "31+60x200"},
    "BanstreamAnswersFromCopy": {'banstream_copied_buckets{service="gateway",instance="a"}': "4x200"},
    "BanstreamCopyNotWritten": {'banstream_copy_failing{service="gateway",instance="a"}': "1x200"},
    "BanstreamGatewayErrors": {
        'banstream_http_request_seconds_count{service="gateway",route="/check",status="500"}': "0+60x200"
    },
    "BanstreamChecksSlow": {
        'banstream_http_request_seconds_bucket{service="gateway",route="/check",status="200",le="0.005"}': "0+300x200",
        'banstream_http_request_seconds_bucket{service="gateway",route="/check",status="200",le="2.5"}': "0+600x200",
    },
    "BanstreamWritesRefused": {'banstream_writes_total{outcome="unavailable"}': "0+6x200"},
    "BanstreamRelayBehind": {'banstream_relay_lag_events{service="infractions"}': "1001x200"},
    "BanstreamConsumerLag": {
        'banstream_consumer_pending_messages{stream="COMMANDS",consumer="infractions"}': "1001x200"
    },
    "BanstreamTargetBehind": {'banstream_consumer_pending_messages{stream="EVENTS",consumer="notifier-1"}': "101x200"},
    "BanstreamDeadLetters": {'banstream_dead_letters_total{consumer="infractions"}': "4+1x200"},
    "BanstreamStreamLarge": {'banstream_stream_bytes{stream="EVENTS"}': "21000000000x200"},
    "BanstreamDiskFilling": {'kubelet_volume_stats_available_bytes{persistentvolumeclaim="data-nats-0"}': "14x200"},
    "BanstreamTargetBroken": {'banstream_notifier_targets{status="broken"}': "1x200"},
    "BanstreamTargetStalled": {"banstream_notifier_stalled_targets": "1x200"},
    "BanstreamDeliveriesFailing": {'banstream_notifier_failed_requests_total{kind="Unreachable"}': "0+6x200"},
    "BanstreamKeysNotOpened": {'banstream_keys_not_opened_total{service="infractions",keys="person"}': "0x110 1x90"},
    "BanstreamAddressesNotOpened": {"banstream_ftp_sync_addresses_not_opened": "1x200"},
    "BanstreamBanFileUnapplied": {'banstream_ftp_sync_unapplied_seconds{ban_file="1"}': "901x200"},
    "BanstreamLogSourceSilent": {'banstream_log_source_lag_seconds{source="1"}': "901x200"},
}
"""What is different when an alert is to come, and no other."""


def alerts() -> list[str]:
    groups = yaml.safe_load((GRAFANA / "alerts.yaml").read_text(encoding="utf-8"))["groups"]
    return [rule["alert"] for group in groups for rule in group["rules"]]


def promtool(*arguments: object) -> None:
    done = subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True, check=False, cwd=GRAFANA)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


def expectation(series: Series, firing: str | None) -> dict[str, Any]:
    """Of `promtool test rules`: after two hours this alert is on, and no other."""
    wanted = [{"labels": f'{{alertname="{firing}"}}', "value": 1}] if firing else []
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {
                "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
                "eval_time": "2h",
                "exp_samples": wanted,
            }
        ],
    }


def test_the_rules_and_the_example_are_taken() -> None:
    promtool("check", "rules", "alerts.yaml")
    promtool("check", "config", "prometheus.yaml")


def test_every_alert_has_a_case() -> None:
    assert set(ILL) == set(alerts())


@pytest.mark.parametrize("firing", [None, *ILL], ids=str)
def test_an_alert_comes_when_it_should_and_alone(firing: str | None, tmp_path: Path) -> None:
    series = {**WELL, **ILL.get(firing or "", {})}
    written = {"rule_files": [str(GRAFANA / "alerts.yaml")], "tests": [expectation(series, firing)]}
    (file := tmp_path / "tests.yaml").write_text(yaml.safe_dump(written))
    promtool("test", "rules", file)


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One that evaluates the rules each second and scrapes nobody."""
    config = {"global": {"evaluation_interval": "1s"}, "rule_files": [str(GRAFANA / "alerts.yaml")]}
    with prometheus_server(tmp_path_factory.mktemp("prometheus"), config) as url:
        yield url


def rules(url: str) -> list[dict[str, Any]]:
    answer = json.loads(asked(f"{url}/api/v1/rules") or b"{}")
    return [rule for group in answer["data"]["groups"] for rule in group["rules"]]


def test_every_rule_is_loaded_and_evaluated_without_a_fault(prometheus: str) -> None:
    assert sorted(rule["name"] for rule in rules(prometheus)) == sorted(alerts())
    until(lambda: all(rule["health"] != "unknown" for rule in rules(prometheus)))
    assert {rule["name"]: rule.get("lastError", "") for rule in rules(prometheus) if rule["health"] != "ok"} == {}
