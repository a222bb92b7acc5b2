"""What Discord is told of an application's commands."""
