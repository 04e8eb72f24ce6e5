"""The command `orchqueue task`: one task, from its prompt to its last token, in a terminal or a pipe."""
