import fsspec
import pandas as pd

FRAME = pd.read_csv("s3://bucket/frame.csv")
TEXT = "see gs://elsewhere, which is only written about"


def load(frame):
    fsspec.filesystem("gcs")
    frame.to_json("abfs://container/frame.json")
    with fsspec.open("https://host.example/file") as file:
        return file.read()
