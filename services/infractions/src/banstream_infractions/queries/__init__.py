"""Answers from the read models and the log; nothing here writes."""
