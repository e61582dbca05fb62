# Targets: `backfill` (the default: web, worker and every other verb) and `emulator` (development only).
ARG NODE=node:24-bookworm-slim

FROM ${NODE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build

FROM ${NODE} AS production-dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM ${NODE} AS emulator
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist/emulator ./dist/emulator
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8443
ENTRYPOINT ["node", "dist/emulator/main.js", "--bind", "0.0.0.0", "--port", "8443", "--data-dir", "/data"]

FROM ${NODE} AS backfill
ENV NODE_ENV=production
WORKDIR /app
COPY --from=production-dependencies /app/node_modules ./node_modules
COPY --from=build /app/package.json /app/backfill.yaml ./
COPY --from=build /app/notebooks ./notebooks
COPY --from=build /app/dist ./dist
# Where docker-compose.yml mounts the emulator's certificate, with the owner that it has there.
RUN rm -r dist/emulator dist/bin/demo* && mkdir /emulator && chown node:node /emulator
USER node
EXPOSE 3000
ENTRYPOINT ["node", "/app/dist/bin/backfill.js"]
CMD ["--help"]
