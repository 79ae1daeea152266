"""The value of a policy that was never tried, from the log of another, and the gate it must pass.

In: logged decisions with the probability of each action, and a policy as probabilities. Out: its value by six
estimators with intervals, diagnostics in words, and a verdict against the champion.
"""
