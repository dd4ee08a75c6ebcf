"""What a project used, as a paper, a model card or a regulator asks for it."""
