"""What a locked package weighs and holds, read from its wheel without downloading it."""
