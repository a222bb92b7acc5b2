"""Dashboards and alert rules: expressions are PromQL, metrics and labels in them exist, every alert is explained."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml

from banstream_cli import root
from banstream_cli.terminal.entry import PLACES, load

ROOT = Path(__file__).parents[2]
GRAFANA = ROOT / "deploy/grafana"
DASHBOARDS = sorted((GRAFANA / "dashboards").glob("*.json"))
SCALERS = [path for path in (ROOT / "deploy/k8s/components/keda").glob("*.yaml") if path.stem != "kustomization"]
OF_THE_SCRAPE = {"service", "instance", "job"}
SUFFIXES = ("_bucket", "_count", "_sum")
Dashboard = dict[str, Any]
Rule = dict[str, Any]


def documented() -> dict[str, tuple[str, set[str]]]:
    """Type and labels of every metric in docs/metrics.md."""
    found: dict[str, tuple[str, set[str]]] = {}
    for line in (ROOT / "docs/metrics.md").read_text(encoding="utf-8").partition("## Traces")[0].splitlines():
        if line.startswith("| `"):
            name, kind, labels, *_ = (cell.strip(" `") for cell in line.strip("|").split("|"))
            found[name] = (kind, {label.strip() for label in labels.split(",")} - {"none"})
    return found


METRICS = documented()


def rules() -> list[Rule]:
    groups = yaml.safe_load((GRAFANA / "alerts.yaml").read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def dashboard(path: Path) -> Dashboard:
    found: Dashboard = json.loads(path.read_text(encoding="utf-8"))
    return found


def expressions() -> Iterator[tuple[str, str]]:
    """Where it stands, and what it is."""
    for rule in rules():
        yield rule["alert"], rule["expr"]
    for path in DASHBOARDS:
        for panel in dashboard(path)["panels"]:
            for target in panel["targets"]:
                yield f"{path.stem}: {panel['title']} {target['refId']}", target["expr"]
    for path in SCALERS:
        for trigger in yaml.safe_load(path.read_text(encoding="utf-8"))["spec"]["triggers"]:
            yield f"scaling {path.stem}", trigger["metadata"]["query"]


EXPRESSIONS = dict(expressions())


def selectors(expression: promql_parser.Expr) -> list[promql_parser.VectorSelector]:
    found: list[promql_parser.VectorSelector] = []

    def note(node: promql_parser.Expr) -> bool:
        if isinstance(node, promql_parser.VectorSelector):
            found.append(node)
        return True

    promql_parser.walk(expression, note)
    return found


def metric_of(name: str) -> str:
    """A histogram is asked for by its parts."""
    for suffix in SUFFIXES:
        if METRICS.get(name.removesuffix(suffix), ("",))[0] == "histogram":
            return name.removesuffix(suffix)
    return name


def fault_of(expression: str) -> str | None:
    """What Prometheus, or nobody's metric, makes of it."""
    try:
        read = promql_parser.parse(expression)
    except ValueError as error:
        return str(error)
    for selector in selectors(read):
        name = metric_of(selector.name or "")
        if name not in METRICS:
            return f"no metric is called {selector.name}"
        kind, labels = METRICS[name]
        if (kind == "histogram") != (name != selector.name):
            return f"{selector.name} is no series of a {kind}"
        matched = {matcher.name for matcher in selector.matchers.matchers}
        if unknown := matched - labels - OF_THE_SCRAPE - {"le"}:
            return f"{name} has no label {unknown}"
    grouped = {label for labels in re.findall(r"\bby \(([^)]*)\)", expression) for label in labels.split(", ")}
    known = set().union(*(METRICS[metric_of(each.name or "")][1] for each in selectors(read)), OF_THE_SCRAPE, {"le"})
    return f"nothing has a label {grouped - known}" if grouped - known else None


@pytest.mark.parametrize("where", sorted(EXPRESSIONS))
def test_every_expression_can_be_evaluated(where: str) -> None:
    assert fault_of(EXPRESSIONS[where]) is None
    assert selectors(promql_parser.parse(EXPRESSIONS[where])), "asks for something"


@pytest.mark.parametrize(
    "broken",
    [
        "sum(banstream_leading",
        "sum by (service) banstream_leading >",
        "banstream_nothing > 1",
        "banstream_leading{colour='red'}",
        "sum by (colour) (banstream_leading)",
        "rate(banstream_http_request_seconds[5m])",
        "rate(banstream_leading)",
        "banstream_leading_count",
        "max(changes(banstream_unheard_of[5m])) > 0 unless banstream_leading",
    ],
)
def test_a_broken_expression_is_found(broken: str) -> None:
    assert fault_of(broken)


def test_counters_are_never_shown_as_they_are() -> None:
    """They begin anew with each process: only a rate or an increase means something."""
    for where, expression in EXPRESSIONS.items():
        for name in re.findall(r"banstream_\w+", expression):
            if METRICS[metric_of(name)][0] == "counter":
                assert re.search(rf"(rate|increase)\({name}(\{{[^}}]*\}})?\[", expression), where


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_every_alert_says_what_it_is_and_leads_to_its_page(rule: Rule) -> None:
    page, _, anchor = rule["annotations"]["runbook_url"].partition("#")
    headings = re.findall(r"^## (.+)$", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE)
    assert anchor in {heading.lower() for heading in headings}
    assert anchor == rule["alert"].lower()
    assert rule["annotations"]["summary"].endswith((".", "old."))
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert re.fullmatch(r"\d+[smh]", rule.get("for", "0s"))
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    told = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
    kept = {label for labels in re.findall(r"\bby \(([^)]*)\)", rule["expr"]) for label in labels.split(", ")}
    assert told <= kept, "the expression drops a label that the summary names"


def test_every_part_of_the_page_is_of_an_alert_and_says_what_to_do() -> None:
    text = (ROOT / "docs/alerts.md").read_text(encoding="utf-8")
    severities = {rule["alert"]: rule["labels"]["severity"] for rule in rules()}
    parts = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    assert parts.keys() == severities.keys()
    assert len(severities) == len(rules())
    for name, part in parts.items():
        assert f"*{severities[name]}*" in part
        assert "\n1. " in part


def test_commands_that_the_page_names_exist() -> None:
    text = (ROOT / "docs/alerts.md").read_text(encoding="utf-8")
    named = re.findall(r"`banstream ([a-z][a-z -]*?)(?: [A-Z].*?)?`", text)
    assert callable(root.app)
    assert named
    for words in named:
        first, *rest = words.split()
        assert first in PLACES, f"banstream {words}"
        assert set(rest) <= getattr(load(first), "commands", {}).keys(), f"banstream {words}"


def test_log_lines_that_the_page_names_are_written_somewhere() -> None:
    text = (ROOT / "docs/alerts.md").read_text(encoding="utf-8")
    sources = [path.read_text(encoding="utf-8") for path in ROOT.glob("*/*/src/**/*.py")]
    for event in (
        set(re.findall(r"`([a-z]+(?:_[a-z]+)+)`", text))
        - METRICS.keys()
        - {"pg_stat_activity", "runbook_url", "node_exporter"}
    ):
        assert any(f'"{event}"' in source for source in sources), event


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_a_dashboard_can_be_imported(path: Path) -> None:
    found = dashboard(path)
    assert found["uid"] == f"banstream-{path.stem}"
    assert found.keys() >= {"title", "schemaVersion", "panels", "templating", "time", "refresh"}
    assert [(each["name"], each["type"]) for each in found["templating"]["list"]] == [("datasource", "datasource")]
    assert len({panel["id"] for panel in found["panels"]}) == len(found["panels"])
    taken: set[tuple[int, int]] = set()
    for panel in found["panels"]:
        assert {panel["datasource"]["uid"], *(each["datasource"]["uid"] for each in panel["targets"])} == {
            "${datasource}"
        }
        assert [each["refId"] for each in panel["targets"]] == [chr(65 + n) for n in range(len(panel["targets"]))]
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24, panel["title"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken, f"{panel['title']} lies over another panel"
        taken |= cells


def test_every_metric_of_ours_is_on_a_dashboard_or_in_a_rule() -> None:
    named = {metric_of(name) for each in EXPRESSIONS.values() for name in re.findall(r"banstream_\w+", each)}
    left_out = {"banstream_push_ring_length", "banstream_push_newest_sequence", "banstream_live_clients"} | {
        name for name in METRICS if name.startswith(("banstream_asn_", "banstream_vpn_opinions"))
    }
    assert {name for name in METRICS if name.startswith("banstream_")} - named == left_out


def test_the_example_scrapes_every_service_that_a_rule_knows() -> None:
    scraped = yaml.safe_load((GRAFANA / "prometheus.yaml").read_text(encoding="utf-8"))
    (job,) = scraped["scrape_configs"]
    services = {each["labels"]["service"] for each in job["static_configs"]}
    down = next(rule["expr"] for rule in rules() if rule["alert"] == "BanstreamServiceDown")
    assert services == set(re.search(r'service=~"([^"]+)"', down)[1].split("|"))  # type: ignore[index] # it matches
    assert scraped["rule_files"] == ["alerts.yaml"]
