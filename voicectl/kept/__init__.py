"""What stays on this machine between runs: private files, under locks. Accounts: `profiles/`."""
