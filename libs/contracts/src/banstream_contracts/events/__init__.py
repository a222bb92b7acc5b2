"""What has happened: a module for each kind of thing it is about."""
