"""Roll-ups: kept while events are taken in, rebuilt from them when asked, read by every dashboard."""
