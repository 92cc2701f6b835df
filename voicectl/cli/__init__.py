"""Words in, words out; the only home of Typer and Rich."""
