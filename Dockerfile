# rds-guard in an image that holds nothing else: a static binary, uid 65532, no shell.
#
#   docker build -t rds-guard .
#   docker run --read-only --cap-drop=ALL -v ca:/var/lib/rds-guard rds-guard run --ca-dir /var/lib/rds-guard …
#   docker build --target sbom --output . .     its software bill of materials: sbom.cdx.json
#
# What is built and how is scripts/build-static's affair, which also runs without a container engine.
FROM rust:1.95-bookworm AS build
RUN apt-get update && apt-get install --yes --no-install-recommends cmake lld musl-tools && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN scripts/build-static /image

FROM build AS listed
ARG SOURCE_DATE_EPOCH
RUN mkdir /sbom && scripts/sbom /sbom/sbom.cdx.json "$(uname -m)-unknown-linux-musl" /image/rds-guard

FROM scratch AS sbom
COPY --from=listed /sbom /

FROM scratch
COPY --from=build /image /
# A volume that begins empty, as on Fargate, gets the owner that its folder has here.
VOLUME ["/var/lib/rds-guard", "/run/rds-guard"]
USER 65532:65532
EXPOSE 3128
HEALTHCHECK --interval=5s --timeout=2s --start-period=2s CMD ["/rds-guard", "health"]
ENTRYPOINT ["/rds-guard"]
CMD ["run", "--ca-dir", "/var/lib/rds-guard"]
