"""Values of one person who is erased or corrected: where they stand as a whole, and in which forms they are sought."""
