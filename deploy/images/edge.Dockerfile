# nginx in front of the services: where everything from outside comes in.
ARG NGINX_IMAGE=nginx:1.28-bookworm
FROM ${NGINX_IMAGE}
# openssl prints until when the certificate is good; some images bring it along.
RUN command -v openssl >/dev/null || (apt-get update \
    && apt-get install -y --no-install-recommends openssl \
    && rm -rf /var/lib/apt/lists/*)
COPY nginx.conf nginx-tls.conf start.sh /etc/wing/
USER 10001:10001
EXPOSE 8080 8443
STOPSIGNAL SIGQUIT
HEALTHCHECK --interval=5s --timeout=4s --start-period=10s --retries=3 \
    CMD ["curl", "--fail", "--silent", "--output", "/dev/null", "http://127.0.0.1:8081/"]
ENTRYPOINT ["/bin/sh", "/etc/wing/start.sh"]
