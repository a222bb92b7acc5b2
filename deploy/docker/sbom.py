"""The bill of materials of an image, made by looking into it: CycloneDX 1.5.

Inside of the image `python - inventory < sbom.py` lists what is there; outside `sbom.py LOCK VERSION` makes the bill of
that list, with the hashes that the lock names. Only the standard library, since the image has nothing else for it.
"""

import hashlib
import json
import platform
import re
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/local/lib")
"""Where files lie that are of no Python package."""
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)[^\n]*((?:\n +--hash=sha256:[0-9a-f]{64}(?: \\)?)+)", re.MULTILINE)


def inventory(folders: tuple[str, ...] = LIBRARIES) -> dict[str, Any]:
    """Python, every distribution that it finds, and every shared library beside it with its SHA-256."""
    distributions = {
        (normal(found.metadata["Name"]), found.version): found.metadata.get("License-Expression", "")
        for found in metadata.distributions()
    }
    shared = {
        path.resolve()
        for folder in folders
        for path in Path(folder).rglob("*.so*")
        if path.is_file() and "site-packages" not in path.parts
    }
    return {
        "python": platform.python_version(),
        "packages": [
            {"name": name, "version": version, "license": licence}
            for (name, version), licence in sorted(distributions.items())
        ],
        "libraries": [
            {"path": str(path), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()} for path in sorted(shared)
        ],
    }


def bill(found: dict[str, Any], lock: str, version: str) -> dict[str, Any]:
    """The document; a package that the lock does not pin, other than our own, has no hash and shows so."""
    hashes = {(normal(name), pin): re.findall(r"[0-9a-f]{64}", tail) for name, pin, tail in PIN.findall(lock)}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {"type": "container", "name": "banstream", "version": version}},
        "components": [
            {"type": "platform", "name": "python", "version": found["python"], "bom-ref": "python"},
            *(package(each, hashes) for each in found["packages"]),
            *(library(each) for each in found["libraries"]),
        ],
    }


def package(found: dict[str, str], hashes: dict[tuple[str, str], list[str]]) -> dict[str, Any]:
    """A distribution; the lock has a hash for each of its files, of which the image got one."""
    reference = f"pkg:pypi/{found['name']}@{found['version']}"
    known = hashes.get((found["name"], found["version"]), [])
    return {
        "type": "library",
        "name": found["name"],
        "version": found["version"],
        "purl": reference,
        "bom-ref": reference,
        **({"licenses": [{"expression": found["license"]}]} if found["license"] else {}),
        "properties": [{"name": "banstream:locked-sha256", "value": each} for each in known],
    }


def library(found: dict[str, str]) -> dict[str, Any]:
    """A file of the base image."""
    return {
        "type": "file",
        "name": found["path"],
        "bom-ref": f"file:{found['path']}",
        "hashes": [{"alg": "SHA-256", "content": found["sha256"]}],
    }


def normal(name: str) -> str:
    """As package indexes compare names."""
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    if sys.argv[1] == "inventory":
        json.dump(inventory(), sys.stdout)
    else:
        made = bill(json.load(sys.stdin), Path(sys.argv[1]).read_text(encoding="utf-8"), sys.argv[2])
        json.dump(made, sys.stdout, indent=1)
