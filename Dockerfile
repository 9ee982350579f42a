# .ci/image builds and runs it, also on a machine without a Docker engine or a registry of images.

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc prisma.config.ts ./
COPY prisma prisma
RUN npm ci
COPY tsconfig.json tsconfig.build.json tsconfig.types.json ./
COPY src src
COPY simulator simulator
RUN npm run build
# Prisma's client names its command as an optional peer: without the other two, that and all it needs would stay.
RUN npm prune --omit=dev --omit=peer --omit=optional --ignore-scripts
RUN mkdir -p bin data && ln -s ../dist/src/bin/pipeline-trigger.js bin/pipeline-trigger && ln -s ../dist/src/bin/trigger.js bin/trigger

FROM node:24-slim
LABEL org.opencontainers.image.title="pipeline-trigger" \
      org.opencontainers.image.description="Trigger a GitLab pipeline and wait for its result, without polling" \
      org.opencontainers.image.licenses="MIT"
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --from=build /app/prisma prisma
COPY --from=build /app/bin bin
# A new volume takes its owner from here.
COPY --from=build --chown=node:node /app/data /data
ENV NODE_ENV=production \
    PATH=/app/bin:$PATH \
    DATABASE_URL=file:/data/pipeline-trigger.db
VOLUME /data
EXPOSE 8080
USER node
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 8080}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# No ENTRYPOINT: GitLab's runner starts a shell in this image, for jobs that say `script: - trigger …`.
CMD ["pipeline-trigger", "serve"]
