"""Groups articles into stories: features of articles, scores of pairs, copies, and clusters of linked articles."""
