"""Pods as Kubernetes would run them, on a Docker engine: with their user, environment, volumes, limits and probes.

Made for containers that are alone in their pod; what would be left out of a manifest is an error.
"""

import asyncio
import os
import re
import socket
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from banstream_testing.engine import EngineError, docker
from banstream_testing.waiting import eventually

Manifest = dict[str, Any]
_PATIENCE = 60.0

_KNOWN_OF_POD = {
    "automountServiceAccountToken",  # no token is mounted here at all
    "containers",
    "enableServiceLinks",
    "restartPolicy",
    "securityContext",
    "serviceAccountName",
    "terminationGracePeriodSeconds",
    "volumes",
    "affinity",  # where it runs: there is one node
    "topologySpreadConstraints",
}
_KNOWN_OF_CONTAINER = {
    "args",
    "env",
    "envFrom",
    "image",
    "imagePullPolicy",
    "lifecycle",
    "livenessProbe",
    "name",
    "ports",
    "readinessProbe",
    "resources",
    "securityContext",
    "startupProbe",
    "volumeMounts",
}


@dataclass(frozen=True, slots=True)
class Sources:
    """The ConfigMaps and Secrets of a namespace, by name."""

    configs: Mapping[str, Mapping[str, str]]
    secrets: Mapping[str, Mapping[str, str]]

    @classmethod
    def of(cls, manifests: Iterable[Manifest]) -> "Sources":
        """Found among manifests, Secrets in the form that `banstream kubernetes secrets` writes."""
        found: dict[str, dict[str, dict[str, str]]] = {"data": {}, "stringData": {}}
        kinds = {"ConfigMap": "data", "Secret": "stringData"}
        for each in manifests:
            if key := kinds.get(each["kind"]):
                found[key][each["metadata"]["name"]] = each[key]
        return cls(found["data"], found["stringData"])


@dataclass(slots=True)
class Pod:
    """One container of a workload, on a network where `aliases` are its names."""

    name: str
    workload: Manifest
    sources: Sources
    network: str
    folder: Path
    aliases: tuple[str, ...] = ()
    image: str = ""
    prefix: str = ""
    volumes: list[str] = field(default_factory=list)

    @property
    def spec(self) -> Manifest:
        """Of the pod."""
        spec: Manifest = self.workload["spec"]["template"]["spec"]
        return spec

    @property
    def container(self) -> Manifest:
        """The one that it has."""
        (container,) = self.spec["containers"]
        found: Manifest = container
        return found

    @property
    def id(self) -> str:
        """What the engine calls it."""
        return f"{self.prefix}{self.name}"

    def start(self, *, restart: str = "no") -> None:
        """Run it; does not wait until it is ready."""
        unknown = (self.spec.keys() - _KNOWN_OF_POD) | (self.container.keys() - _KNOWN_OF_CONTAINER)
        assert not unknown, f"{self.name}: {unknown} would be left out"
        docker("run", "--detach", f"--restart={restart}", *self._options(), *self.container.get("args", ()))

    def _options(self) -> Iterator[str]:
        security, own = self.spec["securityContext"], self.container["securityContext"]
        yield from (f"--name={self.id}", f"--hostname={self.name}", f"--network={self.network}")
        yield from (f"--network-alias={alias}" for alias in self.aliases)
        yield from (f"--user={security['runAsUser']}:{security['runAsGroup']}", f"--group-add={security['fsGroup']}")
        yield from (f"--cap-drop={each}" for each in own["capabilities"]["drop"])
        yield from ("--read-only",) if own["readOnlyRootFilesystem"] else ()
        yield from ("--security-opt=no-new-privileges",) if not own["allowPrivilegeEscalation"] else ()
        yield f"--memory={_bytes(self.container['resources']['limits']['memory'])}"
        yield f"--stop-timeout={self.spec.get('terminationGracePeriodSeconds', 30)}"
        yield "--no-healthcheck"
        yield from (f"--env={name}={value}" for name, value in self.environment().items())
        yield from self._mounts()
        yield self.image or self.container["image"]

    def environment(self) -> dict[str, str]:
        """As the container gets it: `envFrom` first, `env` over it."""
        found: dict[str, str] = {}
        for source in self.container.get("envFrom", ()):
            if "configMapRef" in source:
                found |= self.sources.configs[source["configMapRef"]["name"]]
            else:
                found |= self.sources.secrets[source["secretRef"]["name"]]
        for variable in self.container.get("env", ()):
            found[variable["name"]] = self._value(variable)
        return found

    def _value(self, variable: Manifest) -> str:
        match variable:
            case {"value": str(value)}:
                return value
            case {"valueFrom": {"secretKeyRef": {"name": name, "key": key}}}:
                return self.sources.secrets[name][key]
            case {"valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}:
                return self.name
            case _:
                raise AssertionError(f"{self.name}: {variable}")

    def _mounts(self) -> Iterator[str]:
        claims = {each["metadata"]["name"] for each in self.workload["spec"].get("volumeClaimTemplates", ())}
        volumes = {each["name"]: each for each in self.spec.get("volumes", ())}
        for mount in self.container.get("volumeMounts", ()):
            place, volume = mount["mountPath"], volumes.get(mount["name"], {})
            if mount["name"] in claims or "emptyDir" in volume:
                yield f"--volume={self._empty(mount['name'], volume.get('emptyDir', {}))}:{place}:nocopy"
            else:
                source = self._written(volume) / mount.get("subPath", "")
                yield f"--volume={source}:{place}:ro"

    def _empty(self, name: str, volume: Manifest) -> str:
        """A folder in memory that the group of the pod may write to, which is what Kubernetes makes of `fsGroup`.

        Not `--tmpfs`, which takes owner and mode from the folder in the image.
        """
        size = f",size={_bytes(volume['sizeLimit'])}" if "sizeLimit" in volume else ""
        options = f"o=mode=2770,uid=0,gid={self.spec['securityContext']['fsGroup']}{size}"
        made = f"{self.id}-{name}"
        docker("volume", "create", "--opt=type=tmpfs", "--opt=device=tmpfs", f"--opt={options}", made)
        self.volumes.append(made)
        return made

    def _written(self, volume: Manifest) -> Path:
        """The files of a Secret or ConfigMap: root's, read by the group of the pod."""
        if "secret" in volume:
            source = volume["secret"]
            values = self.sources.secrets[source["secretName"]]
        else:
            source = volume["configMap"]
            values = self.sources.configs[source["name"]]
        folder: Path = self.folder / self.id / volume["name"]
        folder.mkdir(parents=True, exist_ok=True)
        items = source.get("items") or [{"key": key, "path": key} for key in values]
        for item in items:
            path = folder / item["path"]
            path.write_text(values[item["key"]])
            if os.getuid() == 0:
                os.chown(path, 0, self.spec["securityContext"]["fsGroup"])
                path.chmod(source.get("defaultMode", 0o644) | 0o040)
            else:
                path.chmod(0o444)
        folder.chmod(0o755)
        return folder

    @property
    def address(self) -> str:
        """Of the running container, from this machine."""
        form = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
        return docker("inspect", f"--format={form}", self.id).strip()

    def url(self, port: str) -> str:
        """Of a port by its name in the manifest."""
        (number,) = (each["containerPort"] for each in self.container["ports"] if each["name"] == port)
        return f"http://{self.address}:{number}"

    def run(self, *command: str) -> str:
        """A command inside of it."""
        return docker("exec", self.id, *command)

    async def ready(self) -> None:
        """Until every probe passes: the start-up one in the time that it has, or Kubernetes would end the container."""
        for name in ("startupProbe", "readinessProbe", "livenessProbe"):
            if probe := self.container.get(name):
                seconds = probe["periodSeconds"] * probe["failureThreshold"] if name == "startupProbe" else _PATIENCE
                await eventually(partial(asyncio.to_thread, self._passes_or_has_ended, probe), seconds)

    def _passes_or_has_ended(self, probe: Manifest) -> bool:
        state = docker("inspect", "--format={{.State.Status}}", self.id).strip()
        assert state == "running", f"{self.name} is {state}: {self.logs()}"
        return self.passes(probe)

    def passes(self, probe: Manifest) -> bool:
        """Probe once, as a kubelet does."""
        try:
            match probe:
                case {"httpGet": {"path": str(path), "port": str(port)}}:
                    with urllib.request.urlopen(
                        f"{self.url(port)}{path}", timeout=probe.get("timeoutSeconds", 1)
                    ) as answer:
                        return bool(200 <= answer.status < 400)
                case {"exec": {"command": list(command)}}:
                    self.run(*command)
                    return True
                case {"tcpSocket": {"port": str(port)}}:
                    host, number = self.url(port).removeprefix("http://").split(":")
                    return _accepts(host, int(number))
                case _:
                    raise AssertionError(f"{self.name}: {probe}")
        except (OSError, EngineError):
            return False

    def finish(self) -> int:
        """Wait for the end of a Job; its exit code."""
        return int(docker("wait", self.id))

    def end(self) -> int:
        """As Kubernetes ends a pod: preStop, the signal, the grace, the axe. The exit code."""
        match self.container.get("lifecycle"):
            case {"preStop": {"exec": {"command": list(command)}}}:
                self.run(*command)
            case None:
                pass
            case other:
                raise AssertionError(f"{self.name}: {other}")
        docker("stop", self.id)
        return int(docker("inspect", "--format={{.State.ExitCode}}", self.id))

    def remove(self) -> None:
        """It and what it wrote."""
        docker("rm", "--force", self.id)
        if self.volumes:
            docker("volume", "rm", *self.volumes)

    def logs(self) -> str:
        """The last of what it said."""
        return docker("logs", "--tail=40", self.id)


def _accepts(host: str, port: int) -> bool:
    with socket.create_connection((host, port), timeout=1):
        return True


def _bytes(text: str) -> int:
    number, unit = re.fullmatch(r"(\d+)([MG]i)", text).groups()  # type: ignore[union-attr] # no other unit is in use
    return int(number) * {"Mi": 1024**2, "Gi": 1024**3}[unit]
