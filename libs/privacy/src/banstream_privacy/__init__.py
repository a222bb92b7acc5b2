"""Personal data: sealed for one reader, matched by keyed hashes, erasable by key. Pure: no I/O."""
