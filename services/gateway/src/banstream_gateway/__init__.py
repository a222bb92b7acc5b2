"""The HTTP edge of banstream: native API, facades of older systems, join checks from memory."""
