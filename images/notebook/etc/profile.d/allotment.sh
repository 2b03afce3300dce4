# Programs that `pip install --user` put into the home folder.
PATH="$HOME/.local/bin:$PATH"
export PATH
