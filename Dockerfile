# syntax=docker/dockerfile:1
# The service of `npm start` and the command line, with the model picto. docs/guide/container.md explains it, and
# compose.yaml runs it. functions/aws/image/Dockerfile is another image: the worker on AWS.
#
#   docker build -t unclip .
#   docker run --rm unclip generate "a red apple on a blue background" --out - > apple.png

FROM node:24-bookworm-slim AS sources
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
COPY cdk/package.json cdk/

FROM sources AS build
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY functions functions
COPY infra infra
COPY schema schema
COPY models models
RUN npm run build:unclip

# ONNX Runtime's package holds the libraries of all platforms.
FROM sources AS packages
RUN npm ci --omit=dev --workspaces=false \
 && rm -rf node_modules/onnxruntime-node/bin/napi-v6/darwin node_modules/onnxruntime-node/bin/napi-v6/win32

FROM node:24-bookworm-slim AS unclip
WORKDIR /app
COPY package.json LICENSE NOTICE ./
COPY --from=packages /src/node_modules node_modules
COPY --from=build /src/dist dist
COPY models/bundles/picto models/bundles/picto
# A volume takes the owner of the folder that it covers. The service writes nowhere else.
RUN mkdir /data && chown 1000:1000 /data
VOLUME /data
ENV NODE_ENV=production ORT_DISABLE_TELEMETRY=1 HOST=0.0.0.0 PORT=4000 UNCLIP_DATA=/data
EXPOSE 4000
# 503 until the model is open.
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
USER 1000:1000
ENTRYPOINT ["node", "dist/functions/cli/bin.js"]
CMD ["serve"]
