"""Amazon Web Services: speech by Polly."""
