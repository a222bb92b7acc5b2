"""The bus as an AsyncAPI 3.0 document, made of the contracts themselves.

`python -m banstream_contracts.documents.asyncapi [FILE]` writes it, to stdout without FILE.
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from banstream_contracts.documents.asyncapi_channels import channels, operations
from banstream_contracts.documents.asyncapi_jetstream import description, jetstream
from banstream_contracts.documents.asyncapi_messages import message_components, schema_components

_SERVER = {
    "host": "{host}",
    "protocol": "nats",
    "description": "NATS with JetStream.",
    "variables": {"host": {"default": "localhost:4222", "description": "Host and port of the operator's NATS."}},
    "security": [{"$ref": "#/components/securitySchemes/user"}],
}
_USER = {"type": "userPassword", "description": "Each user may publish and subscribe to exactly its subjects."}


def document() -> dict[str, Any]:
    """The whole document."""
    known = channels()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "banstream",
            "version": version("banstream-contracts"),
            "description": description(),
            "license": {"name": "MIT"},
        },
        "servers": {"nats": _SERVER},
        "defaultContentType": "application/json",
        "channels": {name: channel.definition() for name, channel in known.items()},
        "operations": operations(known),
        "components": {
            "messages": message_components(),
            "schemas": schema_components(),
            "securitySchemes": {"user": _USER},
        },
        "x-jetstream": jetstream(),
    }


def rendered() -> str:
    """The document as text, always the same for the same contracts."""
    return json.dumps(document(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def main(arguments: list[str]) -> int:
    """Write the document."""
    if len(arguments) > 1:
        sys.stderr.write("usage: python -m banstream_contracts.documents.asyncapi [FILE]\n")
        return 2
    if arguments:
        Path(arguments[0]).write_text(rendered(), encoding="utf-8")
    else:
        sys.stdout.write(rendered())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
