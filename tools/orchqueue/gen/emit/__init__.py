"""One module for each file of the generated package: each takes the contract and gives back the text of its file."""
