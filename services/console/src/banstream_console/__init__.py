"""Web pages of banstream."""
