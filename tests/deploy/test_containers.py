"""Every rendered Deployment's container as Kubernetes runs it, on a Docker engine, from its secrets to a ban."""

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
import yaml

from banstream_cli.installation.kubernetes_secrets import NODES, Where, manifests
from banstream_testing.backend import NATS_IMAGE, POSTGRES_IMAGE
from banstream_testing.engine import EngineError, docker, lacks
from banstream_testing.pods import Manifest, Pod, Sources
from banstream_testing.waiting import eventually

ROOT = Path(__file__).parents[2]
BASE = os.environ.get("BANSTREAM_IMAGE_BASE", "python:3.13-slim")
PREFIX = f"banstream-{os.getpid()}-"
NAMESPACE = "banstream-dev"
PLAYER, REASON = "184461", "flies through walls"

pytestmark = [
    pytest.mark.skipif(
        shutil.which("kubectl") is None, reason="NOT TESTED: kubectl, which renders the overlays, is not here"
    ),
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(600),
]


@cache
def rendered() -> tuple[Manifest, ...]:
    """Of the overlay for trying out; test_kubernetes.py shows that production has the same containers."""
    done = subprocess.run(
        ["kubectl", "kustomize", ROOT / "deploy/k8s/overlays/dev"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return tuple(yaml.safe_load_all(done.stdout))


def deployments() -> list[str]:
    return sorted(each["metadata"]["name"] for each in rendered() if each["kind"] == "Deployment")


@dataclass(slots=True)
class Cluster:
    """The pods by name; `token` may check, report and punish."""

    pods: dict[str, Pod] = field(default_factory=dict)
    token: str = ""


@dataclass(frozen=True, slots=True)
class Maker:
    """Pods of the dev overlay on one network."""

    every: dict[tuple[str, str], Manifest]
    sources: Sources
    folder: Path
    image: str

    def pod(self, kind: str, workload: str, name: str, *aliases: str, image: str = "") -> Pod:
        return Pod(
            name,
            self.every[kind, workload],
            self.sources,
            f"{PREFIX}net",
            self.folder,
            aliases,
            image or self.image,
            PREFIX,
        )

    def all(self) -> list[list[Pod]]:
        """In the order in which they start."""
        nodes = [
            self.pod("StatefulSet", "nats", f"nats-{n}", f"nats-{n}.nats", "nats", image=NATS_IMAGE)
            for n in range(NODES)
        ]
        database = self.pod("StatefulSet", "postgres", "postgres-0", "banstream-postgres-rw", image=POSTGRES_IMAGE)
        jobs = [self.pod("Job", name, name) for name in ("migrate", "streams")]
        services = [self.pod("Deployment", name, name) for kind, name in self.every if kind == "Deployment"]
        return [[*nodes, database], jobs, services]


@pytest.fixture(scope="module")
def image() -> Iterator[str]:
    """Built from this checkout, unless BANSTREAM_TEST_IMAGE names one that is to be tried as it is."""
    given = os.environ.get("BANSTREAM_TEST_IMAGE", "")
    if missing := lacks((given or BASE, NATS_IMAGE, POSTGRES_IMAGE)):
        pytest.skip(f"NOT TESTED: {missing} is not here to run the rendered containers")
    if given:
        yield given
        return
    tag = f"banstream-containers:{os.getpid()}"
    recipe = f"--file={ROOT}/deploy/docker/Dockerfile"
    docker("build", "--quiet", recipe, f"--build-arg=BASE={BASE}", f"--tag={tag}", str(ROOT))
    yield tag
    docker("rmi", "--force", tag)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cluster(image: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cluster]:
    secrets = [*manifests(Where(namespace=NAMESPACE), datetime.now(UTC))]
    every = {(each["kind"], each["metadata"]["name"]): each for each in rendered()}
    folder = tmp_path_factory.mktemp("volumes")
    folder.parent.chmod(0o755)
    maker = Maker(every, Sources.of([*rendered(), *secrets]), folder, image)
    running = Cluster()
    docker("network", "create", f"{PREFIX}net")
    try:
        await bring_up(running, maker)
        yield running
    finally:
        for pod in running.pods.values():
            pod.remove()
        docker("network", "rm", f"{PREFIX}net")


async def bring_up(running: Cluster, maker: Maker) -> None:
    servers, jobs, services = maker.all()
    for pod in servers:
        running.pods[pod.name] = pod
        pod.start()
    for job in jobs:
        running.pods[job.name] = job
        job.start(restart="on-failure:20")
    await asyncio.gather(*(pod.ready() for pod in servers))
    for job in jobs:
        assert await asyncio.to_thread(job.finish) == 0, job.logs()
    for pod in services:
        running.pods[pod.name] = pod
        pod.start()
    async with asyncio.TaskGroup() as starting:
        for pod in services:
            starting.create_task(pod.ready())
    running.token = first_token(running, maker)


def first_token(running: Cluster, maker: Maker) -> str:
    """As deploy/k8s/README.md says: through `kubectl port-forward`, which is inside of a NATS pod localhost."""
    ca_file = maker.folder / "ca.crt"
    ca_file.write_text(maker.sources.secrets["banstream-nats-ca"]["ca.crt"])
    ca_file.chmod(0o644)
    login = {
        "BANSTREAM_NATS_URL": "tls://localhost:4222",
        "BANSTREAM_NATS_CA_FILE": "/ca.crt",
        "BANSTREAM_NATS_USER": "operator",
        "BANSTREAM_NATS_PASSWORD": maker.sources.secrets["banstream-nats"]["operator"],
    }
    where = (f"--network=container:{running.pods['nats-0'].id}", f"--volume={ca_file}:/ca.crt:ro", maker.image)
    scopes = ("--scope", "check", "--scope", "report", "--scope", "punish")
    variables = [f"--env={name}={value}" for name, value in login.items()]
    command = ("banstream", "tokens", "create", "first", *scopes, "--bootstrap", "--quiet")
    return docker("run", "--rm", *variables, *where, *command).strip()


async def answer(cluster: Cluster, method: str, url: str, body: object = None) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {cluster.token}"}
    async with aiohttp.ClientSession() as http, http.request(method, url, json=body, headers=headers) as answered:
        return answered.status, await answered.json()


async def test_a_ban_through_the_gateway_is_known_everywhere(cluster: Cluster) -> None:
    gateway, console = cluster.pods["gateway"].url("http"), cluster.pods["console"].url("http")
    ban = {"player": {"service": "roblox", "id": PLAYER}, "punishments": ["ban"], "reason": REASON}
    status, _ = await answer(cluster, "POST", f"{gateway}/v1/infractions", ban)
    assert status == 201
    status, checked = await answer(cluster, "GET", f"{gateway}/v1/players/roblox/{PLAYER}/restrictions")
    assert (status, "ban" in checked["restrictions"]) == (200, True)

    async def is_on_the_wall() -> bool:
        status, wall = await answer(cluster, "GET", f"{console}/api/bans")
        return status == 200 and REASON in json.dumps(wall)

    await eventually(is_on_the_wall, 20)
    asked = f"select count(*) from infractions.event_log where stream = 'player:roblox:{PLAYER}'"
    logged = cluster.pods["postgres-0"].run("psql", "-U", "postgres", "-d", "banstream", "-Atc", asked)
    assert logged.strip() == "1"


async def test_every_container_is_who_and_where_its_manifest_says(cluster: Cluster) -> None:
    program = "import os; print(os.getuid(), os.getgid()); open('/tmp/x', 'w'); open('/home/banstream/x', 'w')"
    for name in deployments():
        with pytest.raises(EngineError, match="Read-only file system"):
            cluster.pods[name].run("python", "-c", program)
        uid, gid = (
            cluster.pods[name]
            .run("python", "-c", program.partition(";")[0] + "; print(os.getuid(), os.getgid())")
            .split()
        )
        assert (uid, gid) == ("10001", "10001")


async def test_a_service_holds_only_its_own_keys(cluster: Cluster) -> None:
    program = "import os; print(*sorted(n for _, _, f in os.walk('/etc/banstream') for n in f))"
    held = {name: set(cluster.pods[name].run("python", "-c", program).split()) for name in deployments()}
    assert held == {
        "abuse-tracker": {"ca.crt"},
        "console": {"ca.crt", "accounts-key"},
        "dayz-feed": {"ca.crt", "dayz-feed-master-key"},
        "ftp-sync": {"ca.crt", "ftp-sync-master-key"},
        "gateway": {"ca.crt", "address-key", "appeal-key", "ban-list-key"},
        "infractions": {"ca.crt", "address-key", "master-key"},
        "notifier": {"ca.crt", "notifier-master-key"},
    }


async def test_probes_notice_that_nats_is_away(cluster: Cluster) -> None:
    """Ready no more, alive as before: Kubernetes takes it out of the Service and does not restart it."""
    pod = cluster.pods["notifier"]
    for node in range(NODES):
        docker("pause", cluster.pods[f"nats-{node}"].id)
    try:

        async def is_unready() -> bool:
            return not await asyncio.to_thread(pod.passes, pod.container["readinessProbe"])

        await eventually(is_unready, 30)
        assert pod.passes(pod.container["livenessProbe"])
    finally:
        for node in range(NODES):
            docker("unpause", cluster.pods[f"nats-{node}"].id)
    await pod.ready()


async def test_a_pod_ends_within_its_grace(cluster: Cluster) -> None:
    """Each service ends by itself after the signal (137 would be the axe), and comes again as it was."""
    names = deployments()
    codes = await asyncio.gather(*(asyncio.to_thread(cluster.pods[name].end) for name in names))
    assert dict(zip(names, codes, strict=True)) == dict.fromkeys(names, 0)
    for name in names:
        docker("start", cluster.pods[name].id)
    await asyncio.gather(*(cluster.pods[name].ready() for name in names))
    gateway = cluster.pods["gateway"].url("http")
    status, _ = await answer(cluster, "GET", f"{gateway}/v1/players/roblox/{PLAYER}/restrictions")
    assert status == 200
