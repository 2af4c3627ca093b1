"""How articles are grouped: their words, the pairs worth comparing, the evidence, and the stories that follow."""
