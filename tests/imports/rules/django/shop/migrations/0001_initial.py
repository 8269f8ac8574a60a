import environ
