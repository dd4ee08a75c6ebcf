"""The error of an argument whose type fits no meaning."""


class WrongTypeError(TypeError, ValueError):
    """An argument of another type than is asked for.

    To Python that is a `TypeError`. Whoever checks what users enter, in a form or a widget, catches
    `ValueError` for all of it.
    """
