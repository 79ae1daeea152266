"""The HTTP service: what others ask of Retinue and tell it, over the store and the files that runs left.

It never opens the warehouse, so that a run and the service work side by side; what it is told waits in the
store until `retinue outcomes collect`.
"""
