"""What each feature of the catalogue earns on each data set (`python -m benchmarks.worth`)."""
