"""The exceptions, with the codes of AMD's ``amdsmi_status_t``."""

STATUS_INVAL = 1
STATUS_NOT_SUPPORTED = 2
STATUS_RETRY = 9
STATUS_NOT_INIT = 32
STATUS_DRIVER_NOT_LOADED = 34
STATUS_UNKNOWN_ERROR = 0xFFFFFFFF

_NAMES = {value: name for name, value in list(globals().items()) if name.startswith("STATUS_")}


class AmdSmiException(Exception):  # noqa: N818  (AMD's name)
    """Base class of all that the library raises."""


class AmdSmiLibraryException(AmdSmiException):
    """An error code of the library."""

    def __init__(self, err_code):
        super().__init__(err_code)
        self.err_code = err_code
        self.err_info = f"AMDSMI_{_NAMES[err_code]}"

    def __str__(self):
        return f"Error code:\n\t{self.err_code} | {self.err_info}"

    def get_error_code(self):
        return self.err_code

    def get_error_info(self):
        return self.err_info


class AmdSmiRetryException(AmdSmiLibraryException):
    """The device is busy."""

    def __init__(self):
        super().__init__(STATUS_RETRY)


class AmdSmiParameterException(AmdSmiException):
    """An argument of the wrong type."""

    def __init__(self, receivedValue, expectedType, msg=None):  # noqa: N803  (AMD's names)
        super().__init__(msg)
        self.actualType = type(receivedValue)
        self.expectedType = expectedType
        self.err_msg = msg or f"Invalid parameter:\nActual type: {self.actualType}"

    def __str__(self):
        return self.err_msg
