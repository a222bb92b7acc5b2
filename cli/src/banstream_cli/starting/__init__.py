"""`banstream up`: the order of start and of the end, the services, and what is printed when all is ready."""
