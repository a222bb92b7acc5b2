"""What commands print and write of things: words, rows, tables, files."""
