"""What a server keeps, written into one file while it runs, and brought back."""
