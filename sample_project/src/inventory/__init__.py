"""An inventory of the machines that an organisation runs."""

__version__ = "0.4.0"
