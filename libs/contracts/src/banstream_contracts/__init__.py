"""Messages, subjects, streams and KV names of banstream's bus."""
