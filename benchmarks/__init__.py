"""Numbers of Magenta Bridge beside those of others, each from one command."""
