"""What a site does with personal data for itself: mailing lists, diagnosis of its server, audit of its cookies."""
