import pytest
from pydantic import SecretStr, ValidationError

from banstream_decider.settings import ServiceSettings


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:p@h/x",
        "postgres://h",
        "postgresql:///x?host=/run/postgresql",
        "postgresql://u:p%2F%40@[::1]:5432/x",
        "postgresql://u:p@one:1,two:2/x?sslmode=require",
    ],
    ids=["whole", "host", "socket", "address", "several"],
)
def test_what_the_driver_reads_is_taken(url: str) -> None:
    assert ServiceSettings(database_url=SecretStr(url)).database_url.get_secret_value() == url


@pytest.mark.parametrize(
    "url",
    ["", "u:hunter2@h/x", "mysql://u:hunter2@h/x", "postgresql://u:hunter2@h:port/x", "postgresql://u:hunter2/w@h:1/x"],
    ids=["empty", "scheme", "other", "port", "slash"],
)
def test_what_it_does_not_read_is_refused_and_not_told(url: str) -> None:
    with pytest.raises(ValidationError, match="must be postgresql://USER:PASSWORD@HOST:PORT/DATABASE") as refused:
        ServiceSettings(database_url=SecretStr(url))
    assert "hunter2" not in str(refused.value)
