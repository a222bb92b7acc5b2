"""What is asked, and what is answered: a module for each kind of thing it is about."""
