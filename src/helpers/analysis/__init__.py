"""Answer questions from the cube: measures, ranking, trends, quality, suppression, dimensions; reconciliation."""
