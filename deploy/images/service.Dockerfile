# A service, or the monolith, in an image of its own: the static program, the
# certificates of public authorities, and nothing else. Made from this text by
# `cargo xtask images`, which puts in the names between double braces.
ARG BASE_IMAGE=debian:bookworm-slim
FROM ${BASE_IMAGE} AS files
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && mkdir -p /made/etc/ssl/certs /made/data /made/tmp \
    && cp /etc/ssl/certs/ca-certificates.crt /made/etc/ssl/certs/ \
    && chmod 1777 /made/tmp
{% if ffmpeg %}
# ffmpeg comes with a hundred libraries, so this one stands on Debian.
FROM ${BASE_IMAGE}
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates ffmpeg \
    && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/* /usr/share/doc /usr/share/man
COPY --from=files --chown=10001:10001 /made/data /data
{%- else %}
FROM scratch
COPY --from=files /made/etc /etc
COPY --from=files /made/tmp /tmp
COPY --from=files --chown=10001:10001 /made/data /data
{%- endif %}
COPY {{ program }} /usr/bin/{{ program }}
ENV WING_ADDR=0.0.0.0:8080 WING_DATA=/data
USER 10001:10001
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=4s --start-period=60s --retries=3 \
    CMD ["/usr/bin/{{ program }}", "healthcheck"]
ENTRYPOINT ["/usr/bin/{{ program }}"]
CMD ["serve"]
