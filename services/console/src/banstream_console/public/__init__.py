"""Pages that everybody sees, and the answers for programs."""
