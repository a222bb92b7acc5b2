"""What every page is made with: the application's parts, what a request says, templates, Server-Sent Events."""
