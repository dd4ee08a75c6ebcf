"""What this machine can tell about energy, what not, and the remedies."""
