"""`python -m banstream_cli`."""

from banstream_cli.main import main

if __name__ == "__main__":
    main()
