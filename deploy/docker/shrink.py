"""Gather what an environment needs to run into an empty root: its interpreter and the libraries that those load.

Usage: python shrink.py ENVIRONMENT ROOT, with the environment's own interpreter.
"""

import compileall
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

LEFT_OUT = shutil.ignore_patterns(
    "ensurepip", "idlelib", "lib2to3", "pydoc_data", "tkinter", "turtledemo", "test", "tests", "config-*", "*.a"
)
"""Parts of the standard library that no service imports, and tests."""

FILES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ld.so.cache",
    "/etc/services",
    "/etc/protocols",
)
UID = 10001


def main(environment: Path, root: Path) -> None:
    """Fill `root`."""
    standard = Path(sysconfig.get_path("stdlib"))
    copy_tree(standard, root, without_packages=True)
    dynamic = Path(sysconfig.get_path("platstdlib"))
    if dynamic != standard and dynamic.is_dir() and not dynamic.is_relative_to(environment):
        copy_tree(dynamic, root, without_packages=True)
    compileall.compile_dir(_below(root, standard), stripdir=root, quiet=1)
    interpreter = (environment / "bin" / "python").readlink()
    copy_file(interpreter, root)
    copy_tree(environment, root)
    for library in sorted(libraries_of(root, interpreter)):
        copy_file(library, root)
    for name in FILES:
        if Path(name).exists():
            copy_file(Path(name), root)
    copy_tree(Path("/usr/share/zoneinfo"), root)
    write_users(root)


def copy_tree(folder: Path, root: Path, *, without_packages: bool = False) -> None:
    """Copy a folder to the same place below `root`; links stay links."""
    skipped = LEFT_OUT if not without_packages else _also_without_packages
    shutil.copytree(folder, _below(root, folder), symlinks=True, ignore=skipped, dirs_exist_ok=True)


def copy_file(path: Path, root: Path) -> None:
    """Copy what a name stands for to the same place below `root`."""
    target = _below(root, path)
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        shutil.copy2(path.resolve(), target)


def libraries_of(root: Path, interpreter: Path) -> set[Path]:
    """The shared libraries that the interpreter and every extension module load, and the loader itself."""
    found: set[Path] = set()
    for binary in (interpreter, *root.rglob("*.so"), *root.rglob("*.so.*")):
        found.update(_needed(binary))
    return found


def write_users(root: Path) -> None:
    """One user who owns nothing but a home and a folder for temporary files."""
    etc = root / "etc"
    etc.mkdir(exist_ok=True)
    (etc / "passwd").write_text(
        f"root:x:0:0:root:/root:/sbin/nologin\nbanstream:x:{UID}:{UID}:banstream:/home/banstream:/sbin/nologin\n"
    )
    (etc / "group").write_text(f"root:x:0:\nbanstream:x:{UID}:\n")
    (etc / "nsswitch.conf").write_text("hosts: files dns\npasswd: files\ngroup: files\n")
    (root / "home" / "banstream").mkdir(parents=True)
    (root / "tmp").mkdir(mode=0o1777)
    (root / "tmp").chmod(0o1777)


def _needed(binary: Path) -> Iterator[Path]:
    listed = subprocess.run(["ldd", binary], capture_output=True, text=True, check=False)
    for line in listed.stdout.splitlines():
        name, arrow, rest = line.strip().partition(" => ")
        path = (rest if arrow else name).split(" (")[0]
        if path.startswith("/"):
            yield Path(path)


def _also_without_packages(folder: str, names: list[str]) -> set[str]:
    return {*LEFT_OUT(folder, names), *({"site-packages", "dist-packages"} & set(names))}


def _below(root: Path, path: Path) -> Path:
    return root / path.relative_to("/")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
