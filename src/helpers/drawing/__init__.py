"""Turn answers into Axes, printed tables and alternative texts."""
