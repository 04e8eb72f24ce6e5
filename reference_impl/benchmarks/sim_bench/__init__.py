"""Parts of the benchmark of what the server promises."""
