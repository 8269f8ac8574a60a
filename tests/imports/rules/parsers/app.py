from bs4 import BeautifulSoup

soup = BeautifulSoup("<p>", "lxml")


def lenient(text):
    BeautifulSoup(text, "html.parser")
    return BeautifulSoup(text, features="html5lib")
