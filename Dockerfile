# The command in an image of its own: no shell, no package, no root.
#
#   docker build -t ssmassoc .
#   docker run --rm --read-only ssmassoc query --demo "select count(*) from ssm_managed_instance"
FROM golang:1.26.11 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG COMMIT=unknown
RUN make build COMMIT="$COMMIT"

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /src/bin/ssmassoc /ssmassoc
USER 65532:65532
ENTRYPOINT ["/ssmassoc"]
