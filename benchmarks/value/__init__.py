"""Value models: our fits beside `lifetimes`, and contracts beside the model's definition taken literally.

Each side is a process that reads the same arrays, fits small data once to warm up, and then times each fit
alone, CPU and wall. Processes take turns. Parameters and likelihoods are compared before times are.
"""

from benchmarks.value.measure import measure
from benchmarks.value.page import section

__all__ = ["measure", "section"]
