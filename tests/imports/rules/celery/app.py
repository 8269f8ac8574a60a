from celery import Celery

app = Celery("shop", broker="redis://localhost/0", backend="s3://bucket", include=["reports"])
app.autodiscover_tasks(["billing"])
