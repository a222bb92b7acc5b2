"""The manifests as a real Kubernetes API server takes them, without storing them (`kubectl apply --dry-run=server`).

Opt-in, so that nobody's cluster is touched by chance: `make kubernetes KUBECONFIG=…`. The server may be of any release:
what is newer than it is sent in the version that it has.
"""

import json
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
KUBECONFIG = os.environ.get("BANSTREAM_TEST_KUBECONFIG", "")
OLDER = {
    ("policy/v1", "PodDisruptionBudget"): "policy/v1beta1",
    ("autoscaling/v2", "HorizontalPodAutoscaler"): "autoscaling/v2beta2",
}
"""The version before, which has the same fields."""
OF_OPERATORS = {"Cluster", "ScheduledBackup", "PodMonitor"}
"""Known only to a server that has CloudNativePG and the Prometheus operator."""

Manifest = dict[str, Any]
pytestmark = [
    pytest.mark.skipif(
        not KUBECONFIG, reason="NOT TESTED: no Kubernetes API server was named (make kubernetes KUBECONFIG=…)"
    ),
    pytest.mark.skipif(shutil.which("kubectl") is None, reason="NOT TESTED: kubectl is not here"),
]


def kubectl(*arguments: str, sent: str = "") -> str:
    done = subprocess.run(
        ["kubectl", f"--kubeconfig={KUBECONFIG}", *arguments], input=sent, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def versions() -> set[str]:
    return set(kubectl("api-versions").split())


@pytest.fixture
def namespace() -> Iterator[str]:
    """A real one: what is sent into a namespace that is not there is refused unread."""
    name = f"banstream-test-{secrets.token_hex(4)}"
    kubectl("create", "namespace", name)
    yield name
    kubectl("delete", "namespace", name, "--wait=false")


def rendered(overlay: str) -> list[Manifest]:
    done = subprocess.run(
        ["kubectl", "kustomize", ROOT / "deploy/k8s/overlays" / overlay], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def as_the_server_knows_it(manifest: Manifest, versions: set[str], namespace: str) -> Manifest | None:
    """In the test's namespace and a version of the server; None for what only an operator's server knows."""
    version = manifest["apiVersion"]
    if version not in versions:
        if manifest["kind"] in OF_OPERATORS:
            return None
        version = OLDER[version, manifest["kind"]]
    if manifest["kind"] == "Namespace":
        return {**manifest, "metadata": {**manifest["metadata"], "name": f"{namespace}-2"}}
    return {**manifest, "apiVersion": version, "metadata": {**manifest["metadata"], "namespace": namespace}}


@pytest.mark.parametrize("overlay", ["dev", "production"])
def test_the_server_takes_every_manifest(overlay: str, versions: set[str], namespace: str) -> None:
    every = rendered(overlay)
    sent = [known for each in every if (known := as_the_server_knows_it(each, versions, namespace))]
    answer = kubectl(
        "apply",
        "--dry-run=server",
        "--output=json",
        "--filename=-",
        sent=json.dumps({"apiVersion": "v1", "kind": "List", "items": sent}),
    )
    taken = json.loads(answer)["items"]
    assert {(each["kind"], each["metadata"]["name"]) for each in taken} == {
        (each["kind"], each["metadata"]["name"]) for each in sent
    }
    assert {each["kind"] for each in every} - {each["kind"] for each in sent} <= OF_OPERATORS


def test_the_server_refuses_what_is_wrong(versions: set[str], namespace: str) -> None:
    """Else the test above could not fail."""
    (gateway,) = (
        each for each in rendered("dev") if (each["kind"], each["metadata"]["name"]) == ("Deployment", "gateway")
    )
    gateway["spec"]["template"]["metadata"]["labels"] = {"app.kubernetes.io/name": "another"}
    sent = as_the_server_knows_it(gateway, versions, namespace)
    with pytest.raises(AssertionError, match="selector"):
        kubectl("apply", "--dry-run=server", "--filename=-", sent=json.dumps(sent))
