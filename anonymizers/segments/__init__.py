"""Audience segments: rules over stripped events, who belongs to them, and the words that partners read about them."""
