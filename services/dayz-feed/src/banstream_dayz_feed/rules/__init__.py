"""The rules: state machines over the lines of one server's log, in the log's own time."""
