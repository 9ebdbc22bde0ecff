# rds-guard in an image that holds nothing else: a static binary, uid 65532, no shell.
#
#   docker build -t rds-guard .
#   docker run --read-only -v ca:/var/lib/rds-guard rds-guard run --ca-dir /var/lib/rds-guard …
FROM rust:1.95-bookworm AS build
RUN apt-get update && apt-get install --yes --no-install-recommends cmake musl-tools && rm -rf /var/lib/apt/lists/*
ARG TARGETARCH=amd64
WORKDIR /src
COPY rust-toolchain.toml Cargo.toml Cargo.lock ./
COPY .cargo ./.cargo
COPY src ./src
COPY benches ./benches
COPY tests ./tests
COPY README.md ./
RUN case "$TARGETARCH" in \
        amd64) target=x86_64-unknown-linux-musl ;; \
        arm64) target=aarch64-unknown-linux-musl ;; \
        *) echo "no static target for $TARGETARCH" >&2; exit 1 ;; \
    esac \
    && rustup target add "$target" \
    && cargo build --release --locked --bin rds-guard --target "$target" \
    && install -D "target/$target/release/rds-guard" /out/rds-guard \
    && install -d -o 65532 -g 65532 -m 0700 /out/state

FROM scratch
COPY --from=build /out/rds-guard /rds-guard
COPY --from=build --chown=65532:65532 /out/state /var/lib/rds-guard
USER 65532:65532
EXPOSE 3128
HEALTHCHECK --interval=5s --timeout=2s --start-period=2s CMD ["/rds-guard", "health"]
ENTRYPOINT ["/rds-guard"]
CMD ["run", "--ca-dir", "/var/lib/rds-guard"]
