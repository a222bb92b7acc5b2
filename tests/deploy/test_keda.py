"""The component `keda` on top of production: what it scales is there, nothing else changes, and a drain is not stopped.

A ScaledObject was compared with KEDA's own schema by hand; no KEDA is here to act on it.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from banstream_contracts import streams

ROOT = Path(__file__).parents[2]
SCALED = {"notifier", "ftp-sync"}
QUERY = re.compile(r'consumer=~"([a-z-]+)-\.\+"')

pytestmark = pytest.mark.skipif(
    shutil.which("kubectl") is None, reason="NOT TESTED: kubectl, which renders the overlays, is not here"
)

Manifests = dict[tuple[str, str], dict[str, Any]]


def rendered(folder: Path) -> Manifests:
    done = subprocess.run(["kubectl", "kustomize", folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {(each["kind"], each["metadata"]["name"]): each for each in yaml.safe_load_all(done.stdout)}


@pytest.fixture(scope="module")
def production() -> Manifests:
    return rendered(ROOT / "deploy/k8s/overlays/production")


@pytest.fixture(scope="module")
def scaled(tmp_path_factory: pytest.TempPathFactory) -> Manifests:
    """As an installation's own overlay would take it in."""
    folder = tmp_path_factory.mktemp("keda")
    k8s = Path(os.path.relpath((ROOT / "deploy/k8s").resolve(), folder.resolve()))
    written = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": "banstream",
        "resources": [str(k8s / "overlays/production")],
        "components": [str(k8s / "components/keda")],
    }
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(written))
    return rendered(folder)


def test_what_scales_is_there_and_is_asked_about_its_own_consumers(scaled: Manifests) -> None:
    found = {name: each["spec"] for (kind, name), each in scaled.items() if kind == "ScaledObject"}
    assert found.keys() == SCALED
    for name, spec in found.items():
        assert ("Deployment", spec["scaleTargetRef"]["name"]) in scaled
        assert spec["scaleTargetRef"]["name"] == name
        (trigger,) = spec["triggers"]
        asked = set(QUERY.findall(trigger["metadata"]["query"]))
        assert asked == {name}
        assert all(isinstance(value, str) for value in trigger["metadata"].values()), "KEDA takes text alone"
    assert {streams.NOTIFIER, streams.FTP_SYNC} == SCALED


def test_one_always_runs_and_two_at_most(scaled: Manifests) -> None:
    """A third would wait for a lead that the second waits for already."""
    for name in SCALED:
        spec = scaled["ScaledObject", name]["spec"]
        assert (spec["minReplicaCount"], spec["maxReplicaCount"]) == (1, 2)
        assert "idleReplicaCount" not in spec
        assert spec["fallback"]["replicas"] == 2, "without Prometheus as without KEDA"


def test_kustomize_and_keda_do_not_both_say_how_many(scaled: Manifests, production: Manifests) -> None:
    for (kind, name), each in scaled.items():
        if kind == "Deployment":
            assert ("replicas" in each["spec"]) == ("replicas" in production[kind, name]["spec"] and name not in SCALED)
    assert all(production["Deployment", name]["spec"]["replicas"] >= 2 for name in SCALED)


def test_a_node_can_be_drained_where_one_process_runs(scaled: Manifests) -> None:
    for name in SCALED:
        budget = scaled["PodDisruptionBudget", name]["spec"]
        assert (budget.get("minAvailable"), budget["maxUnavailable"]) == (None, 1)


def test_nothing_else_changes(scaled: Manifests, production: Manifests) -> None:
    changed = {key for key in production if scaled.get(key) != production[key]}
    assert changed == {(kind, name) for kind in ("Deployment", "PodDisruptionBudget") for name in SCALED}
    assert scaled.keys() - production.keys() == {("ScaledObject", name) for name in SCALED}
    newest = kubernetes_validate.latest_version()
    for key in changed:
        kubernetes_validate.validate(scaled[key], newest, strict=True)
