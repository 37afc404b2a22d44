"""The verbs: pull, match, reconcile, push and the acts of a person; here mirror and remotes meet."""
