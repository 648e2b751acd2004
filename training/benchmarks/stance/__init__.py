"""Public stance benchmarks: the sets, their metrics, our classifier on them and its peers."""
