"""Who is signed in, and what they work with: accounts, sessions, commands. No pages."""
