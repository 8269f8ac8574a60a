import pandas as pd

PRICES = pd.read_excel("prices.xlsx")


def report(frame, engine):
    frame.to_excel("out.xlsx", engine="xlsxwriter")
    frame.to_parquet("out.parquet")
    frame.to_latex()
    frame.to_markdown()
    pd.read_html("https://prices.example/table")
    pd.read_hdf("old.h5")
    pd.read_excel("binary.xlsb")
    pd.read_sql_table("prices", "sqlite://")
    pd.read_csv("plain.csv")
    pd.read_excel("computed.xlsx", engine=engine)


try:
    MEANS = PRICES.rolling(3).mean(engine="numba")
except ImportError:
    MEANS = None
