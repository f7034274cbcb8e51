"""What a user sees on the canvas: one file per node, a schema and one call into the engine."""
