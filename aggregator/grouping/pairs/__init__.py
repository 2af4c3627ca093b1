"""Pairs of articles: which are compared, their features, and the model that scores them."""
