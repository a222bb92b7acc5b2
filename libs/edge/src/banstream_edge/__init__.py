"""What an edge of banstream needs of the bus: ask and be answered, store commands, hold whole buckets in memory."""
