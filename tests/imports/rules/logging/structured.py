LOGGING = {"handlers": {"cloud": {"class": "watchtower.CloudWatchLogHandler"}}}
