# One image that serves, or runs a command: `docker run … python -m app import-wards FILE`.
# It runs as nobody, needs no writable root (only /tmp), and refuses to start without a token issuer.

FROM python:3.13-slim AS build
WORKDIR /build
COPY requirements.lock ./
RUN python -m venv /srv/venv \
    && /srv/venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock

FROM python:3.13-slim
ENV PATH=/srv/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MODE=production \
    HOST=0.0.0.0 \
    PORT=8000 \
    KEY_STORE=/keys
WORKDIR /srv/ward-priorities
COPY --from=build /srv/venv /srv/venv
COPY pyproject.toml LICENSE ./
COPY geo geo
COPY migrations migrations
COPY app app
RUN mkdir /keys && chown 65534:65534 /keys && chmod 700 /keys
USER 65534:65534
VOLUME /keys
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
CMD ["python", "-m", "app", "serve"]
