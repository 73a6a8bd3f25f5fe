"""How dates and times are written: by language, one package each; named by settings.FORMAT_MODULE_PATH."""
