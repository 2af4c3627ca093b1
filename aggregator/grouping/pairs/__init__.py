"""Evidence about pairs of articles, and the model that weighs it."""
