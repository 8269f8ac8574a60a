from jinja2 import Environment

env = Environment(extensions=["jinja2.ext.do", "jinja2_time.TimeExtension"])


def late():
    env.add_extension("app_extensions.more.Extension")
