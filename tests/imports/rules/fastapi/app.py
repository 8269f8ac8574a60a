from contextlib import asynccontextmanager

from fastapi import FastAPI, Form
from fastapi.templating import Jinja2Templates


@asynccontextmanager
async def lifespan(app):
    import redis

    yield


app = FastAPI(lifespan=lifespan)


@app.post("/login")
def login(name: str = Form()): ...
