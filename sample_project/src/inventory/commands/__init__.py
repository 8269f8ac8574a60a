"""The subcommands of `inventory`, one module each."""
