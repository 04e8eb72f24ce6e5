"""Parts of the benchmark of the admission queue."""
