import peewee
from databases import Database

legacy = peewee.PostgresqlDatabase("shop")
database = Database("postgresql://host/shop")
