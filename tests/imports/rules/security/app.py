import jwt
from passlib.context import CryptContext

context = CryptContext(schemes=["bcrypt"], deprecated="auto")


def sign(key):
    jwt.encode({}, key, algorithm="HS256")
    return jwt.encode({}, key, algorithm="RS256")
