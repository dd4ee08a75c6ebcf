"""From readings to joules with an interval. Knows neither windows nor reports."""
