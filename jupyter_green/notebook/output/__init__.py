"""What stays in a metered cell's output."""
