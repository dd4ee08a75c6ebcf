"""Running a command as if nothing stood between it and its terminal."""
