"""Parts of the benchmark of the data plane."""
