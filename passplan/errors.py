"""The error tree: everything passplan raises on purpose.

::

    PassplanError
    ├── DomainError        a value outside the range in which a model holds        exit 3
    ├── InputError         text or a file that cannot be read or is wrong          exit 3
    │   ├── ElementsError  element sets: checksum, age, decay, failed propagation  exit 3
    │   └── UnknownName    no such satellite, station, key or unit                 exit 3
    ├── NothingFound       a search that ran and found nothing                     exit 1
    └── NoPlan             demands on a plan that contradict each other            exit 4

``exit_code`` is what the command line returns; 2 (usage) is given by the argument parser, 130 by an interrupt.
"""


class PassplanError(Exception):
    """Root of all errors passplan raises on purpose."""

    exit_code = 3


class DomainError(PassplanError, ValueError):
    """A value outside the range in which the model holds."""


class InputError(PassplanError, ValueError):
    """Text or a file that cannot be read; says which file and line."""


class ElementsError(InputError):
    """An element set that must not be trusted: checksum, age, decay or a failed propagation."""


class UnknownName(InputError):
    """A name that the catalogue does not hold; says the nearest right spelling."""


class NothingFound(PassplanError):
    """A search ran to its end and found nothing."""

    exit_code = 1


class NoPlan(PassplanError):
    """What is demanded of a plan cannot all be kept."""

    exit_code = 4
