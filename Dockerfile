# Everything `make check`, `make test` and `make sim` need, on Debian 12 with Node.js 20.
#   docker build -t virtio-net-rtl . && docker run --rm virtio-net-rtl make test
FROM node:20-bookworm-slim

RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      ca-certificates ccache clang-format g++ git iverilog make python3 util-linux verilator yosys \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /virtio-net-rtl

# The Node packages change rarely; a layer of their own keeps rebuilds short.
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund && cp package-lock.json node_modules/.installed-from

COPY . .

CMD ["make", "test"]
