"""`python -m banstream_runtime.probe [URL]`: whether a service of this container lives; for images without curl."""

import os
import sys
import urllib.error
import urllib.request

_SECONDS = 2.0


def main(arguments: list[str]) -> int:
    """Exit code 0 when the answer is 200. Without a URL the service's own /healthz on its metrics port is asked."""
    url = arguments[0] if arguments else f"http://127.0.0.1:{os.environ.get('BANSTREAM_METRICS_PORT', '9100')}/healthz"
    try:
        with urllib.request.urlopen(url, timeout=_SECONDS) as answer:  # noqa: S310 - the operator's own address
            return 0 if answer.status == 200 else 1  # noqa: PLR2004 - OK
    except (urllib.error.URLError, OSError, ValueError) as error:
        sys.stderr.write(f"{url}: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
