"""How a configuration is changed under a server that runs: differences, checks, steps."""
