"""The shipped models: directories of data, read by `stancekit.storage` alone."""
