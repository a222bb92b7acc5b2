"""Delivers events to Discord and to signed webhooks."""
