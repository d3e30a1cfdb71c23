"""The families of errors, named after the reader's next move. They carry facts and compose their own message."""


class CustodyError(Exception):
    """Root of all errors that a person is meant to read; `hints` say what to do next."""

    def __init__(self, message: str, *hints: str) -> None:
        super().__init__(message)
        self.message = message
        self.hints = hints


class UsageError(CustodyError):
    """The request itself cannot be understood or lacks something."""


class RefutedError(CustodyError):
    """Something is not what it claims to be."""

    def __init__(self, message: str, *hints: str, code: str = "record-malformed") -> None:
        super().__init__(message, *hints)
        self.code = code


class UndeterminedError(CustodyError):
    """What is at hand does not suffice to decide."""

    def __init__(self, message: str, *hints: str, code: str = "format-unknown") -> None:
        super().__init__(message, *hints)
        self.code = code


class NotAllowedError(CustodyError):
    """The act may not be done now, or not by this person; nothing was written."""


class EnvironmentFault(CustodyError):
    """Disk, permissions, a missing program or key: the world around the act."""


class OrderViolated(NotAllowedError):
    """An act that may not follow; `code` is the finding's."""

    def __init__(self, message: str, *hints: str, code: str = "order-violated") -> None:
        super().__init__(message, *hints)
        self.code = code
