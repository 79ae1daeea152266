"""Twelve months of weekly campaigns in a world that knows the truth, for several policies side by side."""
