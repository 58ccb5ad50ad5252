"""A program for OpenAI's Images API, with another base URL: python images.py URL."""

import base64
import json
import sys
import urllib.request
from pathlib import Path

import openai

client = openai.OpenAI(base_url=sys.argv[1], api_key="none")
file = Path("apple.png")

drawn = client.images.generate(model="dall-e-2", prompt="a red apple", n=2, size="64x64")
urls = [image.url for image in drawn.data]
with urllib.request.urlopen(urls[0]) as response:
    png = response.read()
file.write_bytes(png)
with file.open("rb") as image:
    varied = client.images.create_variation(image=image, size="64x64", response_format="b64_json")
try:
    client.images.generate(prompt="a", size="512x512")
    refusal = None
except openai.APIStatusError as error:
    refusal = {"name": type(error).__name__, "status": error.status_code, "param": error.param}
result = {
    "pictures": len(urls),
    "png": png[1:4].decode(),
    "varied": base64.b64decode(varied.data[0].b64_json)[1:4].decode(),
    "refusal": refusal,
}
print(json.dumps(result))
