"""What the relay feeds besides the stream of events: the KV buckets that gateways and consoles watch."""
