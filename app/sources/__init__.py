"""One outside publisher each; the only place that calls out."""
