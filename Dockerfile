# carehub in one image: the API, the workers and the migration differ only by command. Run `make assets` before building to have the
# NHS frontend inside; without it the pages use the base layer.
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY . .
RUN pip wheel --no-cache-dir --wheel-dir /wheels '.[postgres,telemetry]' -c constraints.txt

FROM python:3.11-slim-bookworm
# For `carehub backup`; Debian's version is that of the server in docker-compose.yml.
RUN apt-get update && apt-get install -y --no-install-recommends postgresql-client-15 && rm -rf /var/lib/apt/lists/*
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-index --find-links /wheels 'carehub[postgres,telemetry]' \
    && useradd --system --uid 10001 --create-home --home-dir /srv/carehub carehub \
    && mkdir -p /srv/carehub/var/exports && chown -R carehub /srv/carehub/var
USER 10001
WORKDIR /srv/carehub
ENV PYTHONUNBUFFERED=1 CAREHUB_HOST=0.0.0.0
EXPOSE 8000
ENTRYPOINT ["carehub"]
CMD ["serve"]
