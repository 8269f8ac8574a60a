import gunicorn_conf
import uvicorn


def main():
    uvicorn.run("api:app", loop="uvloop")


def other():
    uvicorn.run("web.main:app")
