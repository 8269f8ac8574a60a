import xarray as xr

store = xr.open_zarr("store")


def load():
    xr.open_dataset("a.nc", engine="h5netcdf")
    return xr.open_dataset("b.nc")
