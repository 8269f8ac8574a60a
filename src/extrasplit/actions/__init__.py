"""What changes the world or runs it: `apply` rewrites the project, `verify` starts it."""
