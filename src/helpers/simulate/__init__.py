"""Draw simulated tickets that meet an edition's calibration. No module of analysis imports this room."""
