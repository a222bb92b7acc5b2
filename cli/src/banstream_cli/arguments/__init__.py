"""What operators give to commands: options, durations and moments, and the files that they name."""
