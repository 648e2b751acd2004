"""Parts of the library scored on what people annotated.

`stance/` runs our classifier and its peers on public stance sets (`python -m training.benchmarks`);
the other modules are each a corpus or question of its own (`python -m training.benchmarks.voices`).
"""
