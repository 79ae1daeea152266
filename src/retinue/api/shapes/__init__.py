"""The bodies of the REST interface, one module per stage."""
