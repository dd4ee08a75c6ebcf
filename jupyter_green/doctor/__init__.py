"""What can be measured on this machine, what cannot, and the remedies."""
