from django.apps import AppConfig


class ShopConfig(AppConfig):
    name = "shop"

    def ready(self):
        import sentry_sdk

        sentry_sdk.init()
