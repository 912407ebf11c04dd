"""Count tickets into the small tables that chapters read; select their rows, and check what must add up."""
