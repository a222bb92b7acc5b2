"""The overlays as deploy/k8s/README.md has them applied: with the image that was built, on the nodes that there are."""

import re
import shutil
import tomllib

import pytest
from tests.deploy.test_kubernetes import OVERLAYS, ROOT, WORKLOADS, containers, least_of, name_of, of_kind, pod_of

PAGE = (ROOT / "deploy/k8s/README.md").read_text(encoding="utf-8")

pytestmark = pytest.mark.skipif(
    shutil.which("kubectl") is None, reason="NOT TESTED: kubectl, which renders the overlays, is not here"
)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_overlay_runs_the_image_that_make_images_builds(overlay: str) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    images = {container["image"] for workload, container in containers(overlay) if workload["kind"] != "StatefulSet"}
    assert {image.rpartition("/")[2] for image in images} == {f"banstream:{version}"}
    assert f"banstream:{version}" in PAGE


def test_one_node_of_two_processors_is_enough_for_dev() -> None:
    assert [name_of(each) for each in of_kind("dev", *WORKLOADS) if "affinity" in pod_of(each)] == []
    wanted = [
        _millicores(container["resources"]["requests"]["cpu"]) * least_of("dev", workload)
        for workload, container in containers("dev")
    ]
    assert sum(wanted) <= 1000, "the other processor is for what a cluster runs itself"


def test_nats_is_on_three_nodes_in_production() -> None:
    (nats,) = (each for each in of_kind("production", "StatefulSet") if name_of(each) == "StatefulSet/nats")
    (rule,) = pod_of(nats)["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert rule["topologyKey"] == "kubernetes.io/hostname"


@pytest.mark.parametrize("page", ["deploy/k8s/README.md", "docs/operations.md", "docs/nats.md", "docs/alerts.md"])
def test_a_command_of_kubectl_says_in_which_namespace(page: str) -> None:
    """Else it is about `default`, where nothing is: a Job is not deleted, and the next release is refused."""
    asked = re.findall(r"kubectl (?!apply|create namespace)[^\n`]+", (ROOT / page).read_text(encoding="utf-8"))
    assert asked
    assert [each for each in asked if not re.match(r"kubectl (-n banstream(-dev)? |kustomize )", each)] == []


def test_every_service_that_the_page_opens_is_there() -> None:
    ports = {
        each["metadata"]["name"]: {str(port["port"]) for port in each["spec"]["ports"]}
        for each in of_kind("dev", "Service")
    }
    opened = re.findall(r"port-forward \w+/([\w-]+) (?:\d+:)?(\d+)", PAGE)
    assert {name for name, _ in opened} == ports.keys()
    assert [name for name, port in opened if port not in ports[name]] == []


def _millicores(text: str) -> int:
    return int(text[:-1]) if text.endswith("m") else int(text) * 1000
