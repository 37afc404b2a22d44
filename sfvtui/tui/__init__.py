"""The screens: thin views over the mirror that ask the verbs of `sync` to act."""
