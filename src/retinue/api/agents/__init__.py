"""Retinue for agents: a dozen tools in the Model Context Protocol, over stdin and stdout or over HTTP.

In:  a call of a tool by whoever proved who they are.
Out: the answer of the route of the same name, within the same permissions, on record like it.
"""
