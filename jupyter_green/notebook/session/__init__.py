"""What was metered since the kernel began."""
