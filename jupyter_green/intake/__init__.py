"""What waits to be booked into the ledger: lines in files, each with one writer.

A meter writes what it knows with as little as a file needs; the booker, a process of its own
(``jupyter_green/ledger/``), reads it. Nothing here knows a database.
"""
