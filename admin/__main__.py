"""`python -m admin`: what the command `allotment` becomes once its environment is made."""

from admin.main import main

if __name__ == "__main__":
    main()
