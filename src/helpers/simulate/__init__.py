"""Draw simulated tickets that meet an edition's calibration."""
