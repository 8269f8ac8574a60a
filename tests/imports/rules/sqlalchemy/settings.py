USER = "app"
LEGACY_URL = "mysql+pymysql://app@host/legacy"
