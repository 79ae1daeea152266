"""The value of a policy that was never tried, from the log of another.

In: logged decisions with the probability of each action, and a policy as probabilities. Out: its value by six
estimators with intervals.
"""
