"""The manifests under deploy/k8s as kustomize renders them: valid, bolted down, and every name leads somewhere."""

import importlib
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from banstream_cli.direct.event_logs import EVENT_LOGS
from banstream_cli.installation.kubernetes_secrets import Where, manifests
from banstream_console.app import LARGEST_FORM_BYTES
from banstream_contracts.evidence import LARGEST_FILE_BYTES
from banstream_decider.settings import ServiceSettings
from banstream_gateway.game_servers.state import MOST_CALL_BYTES
from banstream_runtime.connection import NatsSettings

ROOT = Path(__file__).parents[2]
OVERLAYS = ("dev", "production")
WORKLOADS = {"Deployment", "StatefulSet", "Job"}
ELSEWHERE = {"gateway-tls", "console-tls", "banstream-backup-store"}
"""Secrets that cert-manager or the operator of the cluster makes."""
OF_PROVIDERS = {"BANSTREAM_IPHUB_KEY", "BANSTREAM_PROXYCHECK_KEY"}
"""Accounts elsewhere, which most installations do not have."""
PLACES = {"BANSTREAM_CONSOLE_URL"}
CUSTOM = {"Cluster", "ScheduledBackup", "PodMonitor"}
"""Kinds of operators; their schemas are not Kubernetes' own."""

Manifest = dict[str, Any]
pytestmark = pytest.mark.skipif(
    shutil.which("kubectl") is None, reason="NOT TESTED: kubectl, which renders the overlays, is not here"
)


@cache
def rendered(overlay: str) -> tuple[Manifest, ...]:
    done = subprocess.run(
        ["kubectl", "kustomize", ROOT / "deploy/k8s/overlays" / overlay], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return tuple(yaml.safe_load_all(done.stdout))


def of_kind(overlay: str, *kinds: str) -> list[Manifest]:
    return [each for each in rendered(overlay) if each["kind"] in kinds]


def name_of(manifest: Manifest) -> str:
    return f"{manifest['kind']}/{manifest['metadata']['name']}"


def pod_of(workload: Manifest) -> Manifest:
    spec: Manifest = workload["spec"]["template"]["spec"]
    return spec


def labels_of(workload: Manifest) -> dict[str, str]:
    labels: dict[str, str] = workload["spec"]["template"]["metadata"]["labels"]
    return labels


def containers(overlay: str) -> Iterator[tuple[Manifest, Manifest]]:
    for workload in of_kind(overlay, *WORKLOADS):
        for container in pod_of(workload)["containers"]:
            yield workload, container


def selects(selector: Manifest, labels: dict[str, str]) -> bool:
    if not selector.get("matchLabels", {}).items() <= labels.items():
        return False
    return all(labels.get(each["key"]) in each["values"] for each in selector.get("matchExpressions", ()))


def ports_of(pod: Manifest) -> set[str]:
    return {port["name"] for container in pod["containers"] for port in container.get("ports", ())}


def least_of(overlay: str, deployment: Manifest) -> int:
    """How many processes of a workload there are at least."""
    scaled = {
        each["spec"]["scaleTargetRef"]["name"]: each["spec"]["minReplicas"]
        for each in of_kind(overlay, "HorizontalPodAutoscaler")
    }
    least: int = scaled.get(deployment["metadata"]["name"]) or deployment["spec"].get("replicas", 1)
    return least


@pytest.fixture(params=OVERLAYS)
def overlay(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def test_every_manifest_is_valid(overlay: str) -> None:
    newest = kubernetes_validate.latest_version()
    for manifest in rendered(overlay):
        if manifest["kind"] not in CUSTOM:
            kubernetes_validate.validate(manifest, newest, strict=True)


def test_every_manifest_is_in_the_namespace_of_its_overlay(overlay: str) -> None:
    (namespace,) = of_kind(overlay, "Namespace")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    others = [each for each in rendered(overlay) if each["kind"] != "Namespace"]
    assert {each["metadata"]["namespace"] for each in others} == {namespace["metadata"]["name"]}


def test_every_container_is_bolted_down(overlay: str) -> None:
    for workload, container in containers(overlay):
        pod, security = pod_of(workload), container["securityContext"]
        assert pod["automountServiceAccountToken"] is False, name_of(workload)
        assert pod["securityContext"]["runAsNonRoot"] is True, name_of(workload)
        assert pod["securityContext"]["runAsUser"] > 0, name_of(workload)
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name_of(workload)
        assert security["readOnlyRootFilesystem"] is True, name_of(workload)
        assert security["allowPrivilegeEscalation"] is False, name_of(workload)
        assert security["capabilities"] == {"drop": ["ALL"]}, name_of(workload)


def test_production_runs_the_same_containers_as_dev() -> None:
    """So what test_containers.py shows of the one holds for the other."""
    here, there = (
        {name_of(each): without_places(pod_of(each)) for each in of_kind(one, "Deployment", "Job")} for one in OVERLAYS
    )
    assert here == there


def without_places(pod: Manifest) -> Manifest:
    """What is left of a pod when its image, its share of a node and the community's addresses are taken out."""
    (container,) = pod["containers"]
    env = [each for each in container.get("env", ()) if each["name"] not in PLACES]
    resources = {**container["resources"], "requests": {}}
    return {**pod, "containers": [{**container, "image": "", "env": env, "resources": resources}]}


def test_every_container_says_what_it_needs_and_may_take(overlay: str) -> None:
    for workload, container in containers(overlay):
        wanted, limit = container["resources"]["requests"], container["resources"]["limits"]
        assert {"cpu", "memory"} <= wanted.keys(), name_of(workload)
        assert _mebibytes(wanted["memory"]) <= _mebibytes(limit["memory"]), name_of(workload)


def test_every_service_is_probed_at_a_port_that_it_has(overlay: str) -> None:
    for workload, container in containers(overlay):
        probes = [container[each] for each in ("livenessProbe", "readinessProbe", "startupProbe") if each in container]
        assert workload["kind"] == "Job" or len(probes) >= 2, name_of(workload)
        for probe in probes:
            target = probe.get("httpGet") or probe.get("tcpSocket")
            assert target is None or target["port"] in ports_of(pod_of(workload)), name_of(workload)


def test_every_selector_finds_its_pods(overlay: str) -> None:
    pods = {name_of(each): labels_of(each) for each in of_kind(overlay, *WORKLOADS)}
    for workload in of_kind(overlay, "Deployment", "StatefulSet"):
        assert selects(workload["spec"]["selector"], labels_of(workload)), name_of(workload)
    for budget in of_kind(overlay, "PodDisruptionBudget"):
        assert any(selects(budget["spec"]["selector"], labels) for labels in pods.values()), name_of(budget)
    for service in of_kind(overlay, "Service"):
        found = [
            each
            for each in of_kind(overlay, "Deployment", "StatefulSet")
            if service["spec"]["selector"].items() <= labels_of(each).items()
        ]
        assert len(found) == 1, name_of(service)
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports_of(pod_of(found[0])), service


def test_every_deployment_has_two_processes_and_keeps_one(overlay: str) -> None:
    budgets = of_kind(overlay, "PodDisruptionBudget")
    for deployment in of_kind(overlay, "Deployment"):
        assert least_of(overlay, deployment) >= 2, name_of(deployment)
        assert any(selects(each["spec"]["selector"], labels_of(deployment)) for each in budgets), name_of(deployment)


def test_what_a_scaler_scales_says_no_number_itself(overlay: str) -> None:
    """Else each `kubectl apply` takes the processes away that the load has asked for."""
    scaled = {each["spec"]["scaleTargetRef"]["name"] for each in of_kind(overlay, "HorizontalPodAutoscaler")}
    assert scaled
    for deployment in of_kind(overlay, "Deployment"):
        assert ("replicas" in deployment["spec"]) == (deployment["metadata"]["name"] not in scaled)


def test_every_volume_config_and_account_is_there(overlay: str) -> None:
    configs = {each["metadata"]["name"]: set(each["data"]) for each in of_kind(overlay, "ConfigMap")}
    accounts = {each["metadata"]["name"] for each in of_kind(overlay, "ServiceAccount")}
    for workload, container in containers(overlay):
        pod = pod_of(workload)
        claims = workload["spec"].get("volumeClaimTemplates", [])
        volumes = {each["name"] for each in (*pod["volumes"], *(claim["metadata"] for claim in claims))}
        assert {each["name"] for each in container["volumeMounts"]} <= volumes, name_of(workload)
        assert pod.get("serviceAccountName", "default") in {*accounts, "default"}, name_of(workload)
        for source in container.get("envFrom", ()):
            assert "secretRef" in source or source["configMapRef"]["name"] in configs, name_of(workload)
        for volume in pod["volumes"]:
            assert "configMap" not in volume or volume["configMap"]["name"] in configs, name_of(workload)


def test_every_secret_is_one_that_the_command_makes(overlay: str) -> None:
    made = {each["metadata"]["name"]: set(each["stringData"]) for each in manifests(Where(), datetime.now(UTC))}
    for workload, container in containers(overlay):
        for variable in container.get("env", ()):
            if reference := variable.get("valueFrom", {}).get("secretKeyRef"):
                assert reference["key"] in made[reference["name"]], (name_of(workload), reference)
        for source in container.get("envFrom", ()):
            assert "secretRef" not in source or source["secretRef"]["name"] in made, name_of(workload)
        for volume in pod_of(workload)["volumes"]:
            if secret := volume.get("secret"):
                wanted = {item["key"] for item in secret.get("items", ())}
                assert wanted <= made[secret["secretName"]], (name_of(workload), secret)
    for ingress in of_kind(overlay, "Ingress"):
        assert {tls["secretName"] for tls in ingress["spec"]["tls"]} <= ELSEWHERE


def test_every_container_gets_what_the_services_have_in_common(overlay: str) -> None:
    """A list in a patch replaces the list that it finds: `envFrom` of one file can undo that of another."""
    for workload, container in containers(overlay):
        if workload["kind"] != "StatefulSet":
            assert {"configMapRef": {"name": "banstream"}} in container["envFrom"], name_of(workload)


def test_the_migration_gets_every_password_that_it_sets(overlay: str) -> None:
    made = {each["metadata"]["name"]: set(each["stringData"]) for each in manifests(Where(), datetime.now(UTC))}
    (container,) = (one for workload, one in containers(overlay) if name_of(workload) == "Job/migrate")
    given = {each["name"] for each in container["env"]}
    for source in container["envFrom"]:
        given |= made.get(source.get("secretRef", {}).get("name"), set())
    assert given >= {log.password_variable for log in EVENT_LOGS.values()} | {"BANSTREAM_ADMIN_DATABASE_URL"}


def test_every_setting_is_one_that_its_service_reads(overlay: str) -> None:
    (config,) = (each for each in of_kind(overlay, "ConfigMap") if each["metadata"]["name"] == "banstream")
    for deployment in of_kind(overlay, "Deployment"):
        (container,) = pod_of(deployment)["containers"]
        known = _settings_of(container["args"][2])
        named = {each["name"] for each in container["env"]}
        assert {each for each in named if each.startswith("BANSTREAM_")} <= known, name_of(deployment)
        assert {each for each in config["data"] if each.startswith("BANSTREAM_")} <= known, name_of(deployment)


def test_every_secret_that_a_service_reads_is_given_to_it(overlay: str) -> None:
    for deployment in of_kind(overlay, "Deployment"):
        (container,) = pod_of(deployment)["containers"]
        given = {each["name"].removesuffix("_FILE") for each in container["env"]}
        assert _secrets_of(container["args"][2]) - given <= OF_PROVIDERS, name_of(deployment)


def test_every_network_policy_is_about_pods_and_ports_that_exist(overlay: str) -> None:
    pods = [(labels_of(each), ports_of(pod_of(each))) for each in of_kind(overlay, *WORKLOADS)]
    external = {"postgres"} if of_kind(overlay, "Cluster") else set()
    for policy in of_kind(overlay, "NetworkPolicy"):
        concerned = [ports for labels, ports in pods if selects(policy["spec"]["podSelector"], labels)]
        assert concerned or policy["metadata"]["name"] in external, name_of(policy)
        for rule in policy["spec"].get("ingress", ()):
            for port in rule.get("ports", ()):
                assert isinstance(port["port"], int) or all(port["port"] in ports for ports in concerned), rule


def test_nothing_is_allowed_that_no_policy_names(overlay: str) -> None:
    policies = {each["metadata"]["name"]: each["spec"] for each in of_kind(overlay, "NetworkPolicy")}
    default = policies["nothing-by-default"]
    assert default == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    reaching_postgres = {
        labels_of(each)["app.kubernetes.io/name"]
        for each in of_kind(overlay, "Deployment", "Job")
        if selects(policies["to-postgres"]["podSelector"], labels_of(each))
    }
    using_postgres = {
        labels_of(workload)["app.kubernetes.io/name"]
        for workload, container in containers(overlay)
        if any("DATABASE_URL" in each["name"] for each in container.get("env", ()))
    }
    assert reaching_postgres == using_postgres


@pytest.mark.parametrize(("service", "edge"), [("console", "CONSOLE"), ("gateway", "HTTP")])
def test_an_edge_takes_the_word_of_the_ingress_that_alone_reaches_it(overlay: str, service: str, edge: str) -> None:
    """Else everybody has the address of the ingress, and one who guesses codes or passwords locks out all."""
    ((workload, container),) = (each for each in containers(overlay) if name_of(each[0]) == f"Deployment/{service}")
    assert {"name": f"BANSTREAM_{edge}_TRUSTED_PROXIES", "value": "1"} in container["env"]
    reaching = [
        rule["from"]
        for policy in of_kind(overlay, "NetworkPolicy")
        if selects(policy["spec"]["podSelector"], labels_of(workload))
        for rule in policy["spec"].get("ingress", ())
        if any(port["port"] == "http" for port in rule["ports"])
    ]
    assert reaching == [[{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress-nginx"}}}]]


def test_ingresses_and_scalers_lead_to_what_exists() -> None:
    services = {
        each["metadata"]["name"]: {port["name"] for port in each["spec"]["ports"]}
        for each in of_kind("production", "Service")
    }
    deployments = {each["metadata"]["name"] for each in of_kind("production", "Deployment")}
    for ingress in of_kind("production", "Ingress"):
        for rule in ingress["spec"]["rules"]:
            for path in rule["http"]["paths"]:
                backend = path["backend"]["service"]
                assert backend["port"]["name"] in services[backend["name"]]
    for scaler in of_kind("production", "HorizontalPodAutoscaler"):
        assert scaler["spec"]["scaleTargetRef"]["name"] in deployments


def test_the_ingress_lets_through_what_the_services_take() -> None:
    """As long as the longest call with its picture, or a file of evidence in a form."""
    most = {"gateway": MOST_CALL_BYTES, "console": LARGEST_FILE_BYTES + LARGEST_FORM_BYTES}
    for ingress in of_kind("production", "Ingress"):
        size = ingress["metadata"]["annotations"].get("nginx.ingress.kubernetes.io/proxy-body-size", "1m")
        assert int(size.removesuffix("m")) << 20 >= most[ingress["metadata"]["name"]], ingress["metadata"]["name"]


def _settings_of(package: str) -> set[str]:
    settings = getattr(importlib.import_module(f"{package}.settings"), "Settings", ServiceSettings)
    fields = {*settings.model_fields, *NatsSettings.model_fields}
    return {f"BANSTREAM_{field.upper()}" for field in fields}


def _secrets_of(package: str) -> set[str]:
    settings = getattr(importlib.import_module(f"{package}.settings"), "Settings", ServiceSettings)
    return {
        f"BANSTREAM_{name.upper()}"
        for name, field in settings.model_fields.items()
        if "SecretStr" in str(field.annotation)
    }


def _mebibytes(text: str) -> int:
    number, unit = int(text[:-2]), text[-2:]
    return number * {"Mi": 1, "Gi": 1024}[unit]
