"""Every change of the store's tables, one file each; `python -m retinue.store.migrations WHAT` adds one."""
