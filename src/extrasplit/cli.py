"""The command line: parses arguments, asks the pipeline, prints; it decides nothing."""


def main() -> int:
    """Run the command that the arguments name."""
    return 2
