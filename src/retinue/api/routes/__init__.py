"""The routes, one module per stage."""
