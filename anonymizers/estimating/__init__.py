"""From draws to published tables: post-processing, which costs no privacy. Nothing here sees an exact number."""
