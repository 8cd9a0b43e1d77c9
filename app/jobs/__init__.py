"""Long work: the kinds of jobs there are, who may ask for them, and those who carry them out."""
