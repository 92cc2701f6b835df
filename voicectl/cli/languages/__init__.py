"""The words of voicectl in other languages: one module a language, from template to template."""
