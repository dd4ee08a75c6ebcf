"""What each schema of the store changes, one module for each: ``to_2`` makes 2 of 1.

Its ``upgrade`` is given Alembic's operations, and a connection by which the store's rows are read.

A schema that was released is never changed: what is new is another step here, and the tables in
``schema.py`` as they are after it. ``tests/data/ledgers/`` keeps a store of each.
"""
