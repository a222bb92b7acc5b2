"""The dashboards: strictly of the form that Grafana's schema asks for, and every panel shows what the services tell.

No package index has a Grafana, so none draws them here. They were compared with its published JSON schemas by hand;
what those require, and every name that we use of them, is written down below.
"""

import contextlib
import json
import re
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from tests.deploy.prometheus_server import prometheus_server, queried

from banstream_testing.processes import METRICS
from banstream_testing.steps import ban, call, somebody
from banstream_testing.system import System, running_system
from banstream_testing.waiting import eventually

SECONDS = 60.0
ROOT = Path(__file__).parents[2]
DASHBOARDS = sorted((ROOT / "deploy/grafana/dashboards").glob("*.json"))

DATASOURCE = {"type", "uid"}
LINK = {"asDropdown", "icon", "includeVars", "keepTime", "tags", "targetBlank", "title", "tooltip", "type", "url"}
LEGEND = {"calcs", "displayMode", "placement", "showLegend"}
SHOWN = {"datasource", "fieldConfig", "gridPos", "id", "options", "targets", "title", "type"}
STAT = {
    "colorMode",
    "graphMode",
    "justifyMode",
    "orientation",
    "percentChangeColorMode",
    "reduceOptions",
    "showPercentChange",
    "textMode",
    "wideLayout",
}
NEEDED: dict[str, set[str]] = {
    "": {
        "annotations",
        "editable",
        "links",
        "panels",
        "refresh",
        "schemaVersion",
        "templating",
        "time",
        "title",
        "uid",
    },
    ".links[]": LINK,
    ".time": {"from", "to"},
    ".annotations": {"list"},
    ".templating": {"list"},
    ".templating.list[]": {"name", "query", "type"},
    ".panels[]": SHOWN,
    ".panels[].gridPos": {"h", "w", "x", "y"},
    ".panels[].datasource": DATASOURCE,
    ".panels[].targets[]": {"datasource", "expr", "refId"},
    ".panels[].targets[].datasource": DATASOURCE,
    ".panels[].fieldConfig": {"defaults", "overrides"},
    ".panels[].fieldConfig.defaults": set(),
    ".panels[].fieldConfig.defaults.thresholds": {"mode", "steps"},
    ".panels[].fieldConfig.defaults.thresholds.steps[]": {"color", "value"},
    ".panels[].options.legend": LEGEND,
    ".panels[].options.tooltip": {"mode", "sort"},
    ".panels[].options.reduceOptions": {"calcs", "fields", "values"},
}
"""The members that each object has to have, by where it stands."""
MAY: dict[str, set[str]] = {
    "": {"tags", "timezone", "version"},
    ".templating.list[]": {"hide", "label"},
    ".panels[]": {"description"},
    ".panels[].targets[]": {"legendFormat"},
    ".panels[].fieldConfig.defaults": {"min", "thresholds", "unit"},
}
OPTIONS = {"stat": STAT, "timeseries": {"legend", "tooltip"}}


def dashboard(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def objects(value: object, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, dict):
        yield place, value
        for name, inner in value.items():
            yield from objects(inner, f"{place}.{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from objects(inner, f"{place}[]")


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_a_dashboard_has_what_grafana_requires_and_no_name_it_does_not_know(path: Path) -> None:
    for place, found in objects(dashboard(path)):
        if place != ".panels[].options":
            assert NEEDED[place] <= found.keys() <= NEEDED[place] | MAY.get(place, set()), place
    for panel in dashboard(path)["panels"]:
        assert panel["options"].keys() == OPTIONS[panel["type"]], panel["title"]
        assert panel["fieldConfig"]["overrides"] == []


SILENT = {
    "gateway: Failed requests by route",
    "gateway: VPN providers",
    "gateway: VPN verdicts",
    "outside: Deliveries",
    "outside: Log sources: not read yet",
}
"""Panels that may show nothing as long as nobody uses what they are about, and nothing fails."""


def panels() -> dict[str, list[str]]:
    """The expressions of each panel."""
    return {
        f"{path.stem}: {panel['title']}": [target["expr"] for target in panel["targets"]]
        for path in DASHBOARDS
        for panel in dashboard(path)["panels"]
    }


def as_asked(expression: str) -> str:
    """As Grafana sends it, over a time as short as a test's."""
    return re.sub(r"\$__(rate_)?interval", "1m", expression).replace("$__range", "1h")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def prometheus(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """Scrapes a running system in which a little has happened."""
    settings = {**METRICS}
    async with running_system(1, settings, console=True, ftp_sync=True, dayz_feed=True) as system:
        static = [
            {"targets": [each.metrics_url.split("/")[2]], "labels": {"service": each.name.removesuffix("-1")}}
            for each in system.services
        ]
        job = {"job_name": "banstream", "scrape_interval": "1s", "static_configs": static}
        with prometheus_server(tmp_path_factory.mktemp("prometheus"), {"scrape_configs": [job]}) as url:
            await use(system)
            yield url


NOWHERE = {"kind": "ftp", "host": "127.0.0.1", "port": 9, "user": "none", "path": "/ban.txt"}
LOGS = {"kind": "local", "folder": "."}


async def use(system: System) -> None:
    """A ban, a check, an incident; a target and a ban file that cannot be reached, and an empty folder of logs."""
    player = somebody()
    assert (await ban(system, player)).status == 201
    await call(system, "GET", f"/v1/players/roblox/{player}/restrictions")
    for path, body in (
        ("targets", {"name": "told", "kind": "webhook", "url": "http://127.0.0.1:9/nowhere"}),
        ("ban-files", {"name": "kept", "format": "dayz", "place": NOWHERE, "password": "none"}),
        ("log-sources", {"name": "read", "server_id": system.server_id, "login": LOGS, "time_zone": "UTC"}),
    ):
        made = await call(system, "POST", f"/v1/{path}", body, token=system.admin_token)
        assert made.status == 201, made
    banned = {"player": {"service": "dayz", "id": "A" * 40}, "punishments": ["ban"], "reason": "aimbot"}
    assert (await call(system, "POST", "/v1/infractions", banned)).status == 201
    report = {"id": "1", "player": {"service": "roblox", "id": somebody()}, "reason": "speed_hack"}
    assert (await call(system, "POST", "/v1/incidents", report)).status in {201, 202}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.integration
@pytest.mark.skipif(
    not shutil.which("prometheus"), reason="NOT TESTED: prometheus, which asks the services, is not here"
)
async def test_every_panel_shows_what_running_services_tell(prometheus: str) -> None:
    left = {title: [*map(as_asked, expressions)] for title, expressions in panels().items()}

    async def show() -> bool:
        for title, expressions in list(left.items()):
            found = [queried(prometheus, each) for each in expressions]
            if None in found:
                pytest.fail(f"Prometheus refuses {title}: {expressions}")
            if any(found):
                del left[title]
        return left.keys() <= SILENT

    with contextlib.suppress(AssertionError):
        await eventually(show, SECONDS)
    assert left.keys() <= SILENT, sorted(left.keys() - SILENT)
