"""The Python client gql over HTTP and over a WebSocket: python draw.py API

The same steps as scenario.mjs.
"""

import asyncio
import io
import json
import sys
import urllib.request

import aiohttp
from gql import Client, GraphQLRequest
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.websockets import WebsocketsTransport

GENERATE = """mutation ($input: GenerateInput!) { generate(input: $input) {
  ... on Job { id } ... on Error { code message } ... on InvalidInput { field } } }"""
VARIATIONS = """mutation ($input: VariationsInput!) { variations(input: $input) {
  ... on Job { id } ... on Error { code message } } }"""
CREATE_UPLOAD = """mutation ($input: CreateUploadInput!) { createUpload(input: $input) {
  ... on UploadForm { uploadId url fields { name value } } ... on Error { code message } } }"""
JOB = """query ($id: ID!) { job(id: $id) { status
  request { ... on VariationsRequest { image { __typename ... on Node { id } } } } pictures { seed } } }"""
EVENTS = """subscription ($id: ID!) { jobEvents(id: $id) { __typename seq
  ... on Progress { fraction stage preview { url } } ... on PictureReady { picture { id url } } } }"""
SMALL = {"size": 64, "preset": "DRAFT"}


async def main(url: str) -> dict:
    http = AIOHTTPTransport(url=url)
    sockets = WebsocketsTransport(url=url.replace("http", "ws"))
    # With the schema, gql checks each operation before it sends it.
    async with (
        Client(transport=http, fetch_schema_from_transport=True) as session,
        Client(transport=sockets) as subscriptions,
    ):

        async def ask(query: str, **variables) -> dict:
            return await session.execute(GraphQLRequest(query, variable_values=variables))

        async def follow(job: str) -> list[dict]:
            events = subscriptions.subscribe(GraphQLRequest(EVENTS, variable_values={"id": job}))
            return [data["jobEvents"] async for data in events]

        async def vary(image: str) -> dict:
            answer = await ask(VARIATIONS, input={"image": image, **SMALL})
            await follow(answer["variations"]["id"])
            return (await ask(JOB, id=answer["variations"]["id"]))["job"]

        request = {"prompt": "a red apple", "count": 2, "seed": 4294967294, **SMALL}
        drawn = (await ask(GENERATE, input=request))["generate"]["id"]
        events = await follow(drawn)
        ready = [event["picture"] for event in events if event["__typename"] == "PictureReady"]
        with urllib.request.urlopen(ready[0]["url"]) as response:
            png = response.read()
        job = (await ask(JOB, id=drawn))["job"]
        varied = await vary(ready[0]["id"])

        file = {"contentType": "image/png", "bytes": len(png)}
        form = (await ask(CREATE_UPLOAD, input=file))["createUpload"]
        body = aiohttp.FormData([(field["name"], field["value"]) for field in form["fields"]])
        body.add_field("file", io.BytesIO(png), content_type="image/png")
        async with aiohttp.ClientSession() as sender, sender.post(form["url"], data=body) as sent:
            ok = sent.ok
        uploaded = await vary(form["uploadId"])

        refusal = (await ask(GENERATE, input={"prompt": "a red apple", "count": 99}))["generate"]
        return {
            "events": list(dict.fromkeys(event["__typename"] for event in events)),
            "gaps": sum(event["seq"] != i + 1 for i, event in enumerate(events)),
            "type": png[1:4].decode(),
            "seeds": [picture["seed"] for picture in job["pictures"]],
            "variation": {
                "status": varied["status"],
                "ofPicture": varied["request"]["image"]["id"] == ready[0]["id"],
            },
            "upload": {
                "ok": ok,
                "status": uploaded["status"],
                "of": uploaded["request"]["image"]["__typename"],
            },
            "refusal": {"code": refusal["code"], "field": refusal["field"]},
            "unknownJob": (await ask(JOB, id="none"))["job"],
        }


print(json.dumps(asyncio.run(main(sys.argv[1]))))
