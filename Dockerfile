# boathook for a cluster (manifests/webhook-system). The program is static; kubectl, which it runs, comes from the distribution.
#   docker build -t ghcr.io/your-org/boathook:0.1.0 .
#   docker build --build-arg TOOLS="kubectl cri-tools" ...   with crictl, where containerd's socket is mounted
ARG RUST=1.95
ARG ALPINE=3.22

FROM rust:${RUST}-alpine AS build
# For ring and SQLite, which are compiled from C.
RUN apk add --no-cache gcc musl-dev
WORKDIR /src
COPY .cargo .cargo
COPY Cargo.toml Cargo.lock askama.toml ./
COPY src src
COPY crates crates
COPY config config
COPY benches benches
RUN cargo build --locked --release && cp target/release/boathook /boathook

FROM alpine:${ALPINE}
ARG TOOLS="kubectl"
RUN apk add --no-cache ca-certificates ${TOOLS} \
    && adduser -D -H -u 65532 -h /var/lib/boathook -s /sbin/nologin boathook \
    && install -d -o boathook -g boathook -m 0700 /var/lib/boathook \
    && install -d -o boathook -g boathook -m 0755 /run/boathook
COPY --from=build /boathook /usr/local/bin/boathook
USER 65532:65532
# Settings are mounted at /etc/boathook, the record at /var/lib/boathook.
WORKDIR /var/lib/boathook
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=6s --start-period=20s CMD ["boathook", "health"]
ENTRYPOINT ["boathook"]
CMD ["serve", "--config", "/etc/boathook"]
