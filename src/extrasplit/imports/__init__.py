"""What the source asks for, in modules: levels, chains, dynamic imports; never run."""
