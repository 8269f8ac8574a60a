"""Where a project says how it is started: one file per place to look."""
