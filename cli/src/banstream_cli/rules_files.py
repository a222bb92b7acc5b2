"""Rules of the feed from files: read and checked before they are sent."""

import json
import tomllib
from pathlib import Path
from typing import Any

from banstream_cli.exits import Stuck
from banstream_dayz_feed.rules_file import RulesRefused, read_rules


def rules_in(file: Path) -> dict[str, Any]:
    """The tables of a rules file, as JSON values. Raises Stuck."""
    try:
        text = file.read_text(encoding="utf-8-sig")
        is_json = file.suffix.lower() == ".json"
        read_rules(text, is_json=is_json)
    except RulesRefused as error:
        raise Stuck(f"{file}: {error}") from None
    except UnicodeDecodeError:
        raise Stuck(f"{file}: is no text") from None
    except OSError as error:
        raise Stuck(f"{file}: {error.strerror}") from None
    found: dict[str, Any] = json.loads(text) if is_json else tomllib.loads(text)
    return found
