"""Commands that are only a thin reading of the library, one module each."""
