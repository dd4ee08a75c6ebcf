"""Several hosts metered together: the engines that work on them, their agents, their report."""
