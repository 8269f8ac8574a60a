from pydantic import BaseModel, EmailStr
from pydantic_extra_types.phone_numbers import PhoneNumber


def settings():
    from pydantic_settings import YamlConfigSettingsSource
