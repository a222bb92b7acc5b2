"""What services are asked to do: a module for each kind of thing it is about."""
