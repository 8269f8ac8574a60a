import polars as pl

frame = pl.read_excel("in.xlsx")


def export():
    frame.write_excel("out.xlsx")
    pl.read_excel("in.xlsx", engine="openpyxl")
    return frame.to_pandas()
