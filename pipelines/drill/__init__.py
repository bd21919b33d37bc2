"""The drill: made-up people with unmistakable marks, planted into a copy of the raw tables and searched for after a night."""
