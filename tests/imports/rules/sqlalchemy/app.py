import settings
from sqlalchemy import URL, create_engine
from sqlalchemy.ext.asyncio import create_async_engine

engine = create_async_engine(f"postgresql+asyncpg://{settings.USER}@host/db")


def reports():
    """As in mssql+pyodbc://user@host, which is only written about."""
    create_engine(URL.create("oracle+oracledb", username="app"))
    return create_engine("postgresql://host/db")
