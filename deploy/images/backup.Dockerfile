# Copies databases and media away, and back.
ARG POSTGRES_IMAGE=postgres:17-bookworm
FROM ${POSTGRES_IMAGE}
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates curl jq rclone \
    && rm -rf /var/lib/apt/lists/* \
    && mkdir -p /backup && chown 10001:10001 /backup
COPY *.sh /usr/local/lib/wing/
USER 10001:10001
VOLUME /backup
HEALTHCHECK --interval=10s --timeout=4s --start-period=20s --retries=3 \
    CMD ["curl", "--fail", "--silent", "--output", "/dev/null", "http://127.0.0.1:8080/metrics"]
ENTRYPOINT ["/bin/sh"]
CMD ["/usr/local/lib/wing/serve.sh"]
