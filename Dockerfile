# The bot in a container. docs/deploy.md tells how to run it.

FROM python:3.13-slim AS build
# requirements-postgres.lock for a business on PostgreSQL.
ARG LOCK=requirements.lock
COPY ${LOCK} /requirements.lock
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --quiet --require-hashes --requirement /requirements.lock

FROM python:3.13-slim
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DATABASE_URL=sqlite:////data/bot.db
RUN useradd --system --uid 10001 --home-dir /data svar \
 && install --directory --owner=svar --mode=700 /data
COPY --from=build /venv /venv
WORKDIR /app
COPY LICENSE ./
COPY bot bot
COPY handlers handlers
COPY storage storage
COPY sandbox sandbox
# A business of your own is mounted over /config: its bot.toml and the folders that it names.
COPY bot.toml /config/
COPY knowledge-base /config/knowledge-base
RUN sed -i 's/^host = .*/host = "0.0.0.0"/' /config/bot.toml \
 && python -m compileall -q bot handlers storage sandbox

USER svar
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8080/api/support/health', timeout=4)"]
ENTRYPOINT ["python", "-m", "bot", "--config", "/config/bot.toml"]
CMD ["run"]
