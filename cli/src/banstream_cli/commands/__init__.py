"""The command line itself: each module reads options, calls what does the work and prints."""
