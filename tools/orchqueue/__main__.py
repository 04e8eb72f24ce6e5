"""`python -m orchqueue`: the command line."""

from orchqueue.cli import main

main()
