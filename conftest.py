"""Fixtures that every test folder may use."""

pytest_plugins = ["banstream_testing.fixtures"]
