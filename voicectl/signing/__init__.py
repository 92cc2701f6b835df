"""Pure signature schemes: request, credentials and moment in; signed request and trace out."""
