"""What a user of the command line can put right."""


class InputError(Exception):
    """What was asked for cannot be done. The message is one line, with the remedy."""
