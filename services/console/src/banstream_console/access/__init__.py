"""Who is signed in, and what they work with: accounts, sessions, questions, commands. No pages."""
