"""Parts of the library scored on what people annotated: one module a public corpus."""
