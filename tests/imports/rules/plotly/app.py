import plotly.express as px

figure = px.scatter(x=[1], y=[2], trendline="ols")


def export():
    figure.write_image("figure.png")
