"""What a cell shows while it runs, and what takes its place."""
