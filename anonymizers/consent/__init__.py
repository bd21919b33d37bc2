"""What a visitor agreed to: strings of consent tools are decoded here, strictly, and nothing but flags leaves."""
