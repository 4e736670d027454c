# Everything `make check`, `make test` and `make sim` need, on Debian 12 with Node.js 20.
#   docker build -t virtio-net-rtl . && docker run --rm virtio-net-rtl make test
FROM node:20-bookworm-slim

WORKDIR /virtio-net-rtl

# Debian and Node packages: the list stands in setup.sh alone. They change rarely; a layer of their own keeps rebuilds short.
COPY package.json package-lock.json .npmrc ./
COPY scripts/setup.sh scripts/
RUN scripts/setup.sh check && rm -rf /var/lib/apt/lists/*

COPY . .

CMD ["make", "test"]
