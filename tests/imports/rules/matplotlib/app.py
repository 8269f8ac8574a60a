import matplotlib
from matplotlib import pyplot

matplotlib.use("Qt5Agg")


def serve():
    pyplot.switch_backend("WebAgg")
    matplotlib.use("Agg")
