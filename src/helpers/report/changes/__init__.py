"""List what changed between two runs of an edition: figures, ranks and sentences, and why."""
