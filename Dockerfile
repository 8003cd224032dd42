# The gateway, and the demo backends: node dist/src/demo/cli.js --host 0.0.0.0 --port 3000 --name 1

FROM node:24-alpine AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts

FROM node:24-alpine AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY src src
COPY plugins plugins
RUN npm run build

FROM node:24-alpine
WORKDIR /app
ENV NODE_ENV=production
# The only folder that the gateway may write to; a volume of its own keeps it over a new image.
RUN mkdir data && chown node:node data
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
# Behind dist, so that the source maps find what they point to.
COPY src src
COPY plugins plugins
COPY package.json LICENSE ./
USER node
EXPOSE 5173
# The admin listener is on loopback, so only the container itself can ask it.
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.ADMIN_PORT || 5174}/livez`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/src/server.js"]
