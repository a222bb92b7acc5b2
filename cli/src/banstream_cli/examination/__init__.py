"""The checks of `banstream doctor`."""
