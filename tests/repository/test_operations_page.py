"""The operator's page: every secret, every command and every link in it is there."""

import importlib
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr
from pydantic_settings import BaseSettings

from banstream_cli.installation.kubernetes_secrets import Where, manifests

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
PARTS = dict(re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def settings() -> dict[str, type[BaseSettings]]:
    """Every class of settings that a process of ours reads."""
    found = {}
    for path in sorted(ROOT.glob("*/*/src/*/settings.py")):
        module = importlib.import_module(f"{path.parent.name}.settings")
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, BaseSettings) and value is not BaseSettings:
                found[f"{value.__module__}.{value.__name__}"] = value
    return found


def secret_variables() -> list[str]:
    return sorted(
        {
            f"BANSTREAM_{name.upper()}"
            for each in settings().values()
            for name, field in each.model_fields.items()
            if field.annotation is SecretStr or SecretStr in getattr(field.annotation, "__args__", ())
        }
    )


def kubernetes_secrets() -> list[str]:
    return [each["metadata"]["name"] for each in manifests(Where(), datetime.now(UTC))]


def test_the_page_has_what_an_operator_looks_for() -> None:
    assert {"Install", "Upgrade", "Scale", "Rotate", "Restore", "See", "Power loss"} <= PARTS.keys()


def test_settings_with_secrets_are_found() -> None:
    assert {"BANSTREAM_MASTER_KEY", "BANSTREAM_NATS_PASSWORD", "BANSTREAM_DATABASE_URL"} <= set(secret_variables())


@pytest.mark.parametrize("variable", secret_variables())
def test_it_is_said_how_every_secret_is_rotated(variable: str) -> None:
    assert f"`{variable}`" in PARTS["Rotate"]


@pytest.mark.parametrize("name", kubernetes_secrets())
def test_it_is_said_how_every_secret_of_kubernetes_is_rotated(name: str) -> None:
    assert f"`{name}`" in PARTS["Rotate"]


def test_what_it_links_to_exists() -> None:
    for page in ("docs/operations.md", "deploy/k8s/README.md"):
        for link in re.findall(r"\]\(([^)#]+)(?:#[\w-]+)?\)", (ROOT / page).read_text(encoding="utf-8")):
            assert ((ROOT / page).parent / link).exists(), f"{page}: {link}"
