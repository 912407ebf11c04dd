"""Turn executed notebooks and texts by people into numbered blocks."""
