"""Choosing the bounds of a site's releases on made-up traffic. Nothing here ever sees a number of a real night."""
