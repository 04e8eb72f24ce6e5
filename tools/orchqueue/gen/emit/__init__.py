"""The writers of the package's files: each takes the contract and gives back the text of one file."""
