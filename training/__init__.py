"""The corpus, the recipes and the results behind the shipped models; never installed."""
