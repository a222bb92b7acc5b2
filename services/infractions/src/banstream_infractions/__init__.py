"""Decides on infractions, keeps the event log and the read models, relays events."""
