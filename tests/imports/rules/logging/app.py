import logging.config

import structured

logging.config.dictConfig(
    {
        "formatters": {"json": {"()": "pythonjsonlogger.json.JsonFormatter"}},
        "handlers": {
            "console": {"class": "rich.logging.RichHandler", "level": "INFO. Or more."},
            "plain": {"class": "logging.StreamHandler"},
        },
    }
)
logging.config.fileConfig("logging.ini")
