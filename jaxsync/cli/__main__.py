"""`python -m jaxsync.cli`, for the processes of a sweep and where no script is installed."""

from jaxsync.cli import main

if __name__ == "__main__":
    main()
