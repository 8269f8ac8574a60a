from django.db import models


class Product(models.Model):
    picture = models.ImageField()
