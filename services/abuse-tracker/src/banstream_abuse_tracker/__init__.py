"""The abuse tracker: incidents, thresholds, policies."""
