"""What is worked out of the log: written in the transaction of the events, and made anew by a rebuild."""
