"""The command line: the journal from a shell, for a machine without a browser. It never orders anything new."""
