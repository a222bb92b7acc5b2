"""What the processes said when a test failed."""

from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    installation = getattr(item, "funcargs", {}).get("installation")
    if report.failed and installation is not None:
        for log in sorted(installation.folder.glob("*/*.log")):
            report.sections.append((f"{log.parent.name}/{log.stem}", log.read_text(errors="replace")[-3000:]))
    return report
