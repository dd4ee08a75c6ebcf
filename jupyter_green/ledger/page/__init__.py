"""The ledger as a page: one file that asks no network for anything, and needs no scripts."""
