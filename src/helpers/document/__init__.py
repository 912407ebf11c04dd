"""Turn executed notebooks and words by people into numbered blocks."""
