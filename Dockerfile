# One image for every service of compose.yaml. Without a command it runs everything by itself.
#   TORCH      PyTorch build to install: one pip requirement
#   PIP_ARGS   more options for installing it, such as an index of CPU-only builds
FROM python:3.11-slim AS build
ARG TORCH="torch==2.13.0"
ARG PIP_ARGS=""
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN apt-get update \
 && apt-get install -y --no-install-recommends build-essential \
 && rm -rf /var/lib/apt/lists/*
RUN python -m venv /opt/venv
RUN /opt/venv/bin/pip install ${PIP_ARGS} "${TORCH}"
COPY requirements.txt /tmp/requirements.txt
RUN /opt/venv/bin/pip install -r /tmp/requirements.txt

FROM python:3.11-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends tini \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --create-home --shell /usr/sbin/nologin trainyard \
 && install -d -o trainyard -g trainyard -m 700 /data /var/cache/trainyard
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY manage.py LICENSE ./
COPY scripts/health.py scripts/health.py
COPY static static
COPY templates templates
COPY training training
COPY webapp webapp
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    TRAINYARD_HOME=/data \
    TRAINYARD_STATIC_ROOT=/var/cache/trainyard/static \
    NUMBA_CACHE_DIR=/var/cache/trainyard/numba
RUN python -m compileall -q manage.py training webapp
USER trainyard
# The home of the build is thrown away in the same layer: it would hold a secret key.
RUN TRAINYARD_HOME=/tmp/build python manage.py collectstatic --noinput \
 && rm -rf /tmp/build \
 && python -m training.tokens.warm
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "scripts/health.py"]
ENTRYPOINT ["tini", "-s", "--"]
CMD ["python", "manage.py", "up", "--host", "0.0.0.0", "--port", "8000"]
