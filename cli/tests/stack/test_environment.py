from banstream_cli.stack.environment import SET_BY_THE_STACK, child_environment
from banstream_cli.stack.settings import StackSettings


def test_wishes_of_the_operator_reach_the_services() -> None:
    wishes = {"BANSTREAM_LOG_LEVEL": "debug", "OTEL_SERVICE_NAME": "x", "TZ": "UTC", "PATH": "/bin"}
    assert child_environment({}, wishes).items() >= wishes.items()


def test_nothing_else_of_the_shell_does() -> None:
    shell = {"PGHOST": "elsewhere", "PYTHONPATH": "/x", "AWS_SECRET_ACCESS_KEY": "x"}
    assert child_environment({}, shell) == {"PYTHONUNBUFFERED": "1"}


def test_what_the_stack_sets_is_never_taken_from_the_shell() -> None:
    shell = {"BANSTREAM_MASTER_KEY": "theirs", "BANSTREAM_DATABASE_URL": "theirs"}
    assert child_environment({"BANSTREAM_MASTER_KEY": "ours"}, shell) == {
        "BANSTREAM_MASTER_KEY": "ours",
        "PYTHONUNBUFFERED": "1",
    }


def test_settings_of_the_stack_itself_stop_here() -> None:
    assert {f"BANSTREAM_{name.upper()}" for name in StackSettings.model_fields} <= SET_BY_THE_STACK
