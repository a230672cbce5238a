# The image is the static program and the certificates of public authorities,
# nothing else: no shell, no user with a name. The program embeds its time
# zones. serve writes no file, so the root can be read-only:
#
#   docker build --build-arg VERSION=1.2.3 --tag kpi_exporter .
#   docker run --read-only --publish 10574:10574 \
#     --volume "$PWD/kpi.yaml:/etc/kpi_exporter/kpi.yaml:ro" kpi_exporter

FROM golang:1.26.8-bookworm@sha256:a688600ca24f8a4d3ca77f95b0dd40704a9fc787c826660eb7ba0b641b8b175d AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=unknown
RUN make build VERSION="$VERSION"

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /src/LICENSE /src/kpi_exporter /
WORKDIR /etc/kpi_exporter
USER 65532:65532
EXPOSE 10574
HEALTHCHECK --interval=30s --timeout=10s --start-period=10s CMD ["/kpi_exporter", "health"]
ENTRYPOINT ["/kpi_exporter"]
