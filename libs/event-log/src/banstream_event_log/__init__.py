"""Append-only, tamper-evident event log on Postgres, with sealing of personal data."""
