import httpx
import requests

client = httpx.Client(http2=True)
plain = httpx.Client(http2=False)


def hidden():
    httpx.Client(proxy="socks5://localhost:1080")
    requests.get("https://host.example", proxies={"https": "socks5h://localhost"})
