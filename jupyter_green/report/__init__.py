"""The report: the one record that every view, file and total is made from."""
