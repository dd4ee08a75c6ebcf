"""Studies: techniques compared, searches, layers and loops, by their joules."""
