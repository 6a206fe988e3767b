"""`python -m convcost` is the command `convcost`."""

from convcost.cli import main

main()
