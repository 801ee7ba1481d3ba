# The image of the agent: "docker build -t pgsidecar ." on a checkout is all it takes; BuildKit is needed (the default
# since Docker 23). See docs/image.md for the build arguments, and for how to run it.

ARG MAVEN_IMAGE=maven:3.9.16-eclipse-temurin-25
ARG JDK_IMAGE=eclipse-temurin:25.0.3_9-jdk-noble
ARG DEBIAN_IMAGE=debian:13.5-slim
# "source": the app is built here. "prebuilt": it is what "mvn package" has left in agent/target/pgsidecar.
ARG APP=source

# ---- the app: jars and scripts, the same on every platform ----

FROM --platform=$BUILDPLATFORM ${MAVEN_IMAGE} AS app-source
WORKDIR /src
COPY pom.xml LICENSE ./
COPY .mvn .mvn
COPY probes probes
COPY archive archive
COPY k8s k8s
COPY agent/pom.xml agent/
COPY agent/src agent/src
# The shim has a stage of its own.
RUN --mount=type=cache,target=/maven-repository \
    PGSIDECAR_SHIM=jvm mvn -B -ntp -Dmaven.repo.local=/maven-repository -DskipTests package && mv agent/target/pgsidecar /pgsidecar

FROM scratch AS app-prebuilt
COPY agent/target/pgsidecar /pgsidecar

FROM app-${APP} AS app

# ---- pgsidecar-wal: a static program, cross-compiled ----

FROM --platform=$BUILDPLATFORM ${DEBIAN_IMAGE} AS compiler
ARG TARGETARCH
ARG VERSION=development
RUN --mount=type=bind,source=agent/src/main,target=/src \
    /src/image/compile-shim "$TARGETARCH" /shim

FROM scratch AS shim
COPY --from=compiler /shim/pgsidecar-wal /pgsidecar-wal

# ---- the Java runtime, with the modules that the agent uses ----

FROM ${JDK_IMAGE} AS runtime
COPY --from=app /pgsidecar /pgsidecar
RUN --mount=type=bind,source=agent/src/main/image,target=/src \
    /src/link-runtime /pgsidecar /runtime

# ---- all together, on no more of Debian than that needs ----

FROM ${DEBIAN_IMAGE} AS debian
RUN --mount=type=bind,source=agent/src/main/image,target=/src \
    /src/lay-out-root /root-fs

FROM scratch AS assembled
COPY --from=debian /root-fs /
COPY --from=runtime /runtime /opt/java
COPY --from=runtime /pgsidecar /opt/pgsidecar
COPY --from=shim /pgsidecar-wal /opt/pgsidecar/bin/pgsidecar-wal
COPY LICENSE /usr/share/doc/pgsidecar/copyright
ENV JAVA_HOME=/opt/java PATH=/opt/pgsidecar/bin:/opt/java/bin:/usr/bin

# ---- what makes it start fast: the classes as they are once it runs ----

FROM assembled AS trained
RUN --mount=type=bind,source=agent/src/main/image,target=/src \
    /src/train /tmp/pgsidecar.aot

FROM assembled
ARG VERSION=development
ARG REVISION=unknown
LABEL org.opencontainers.image.title="pgsidecar" \
      org.opencontainers.image.description="The agent beside each PostgreSQL pod: probes, labels, WAL archive, base backups, metrics." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=trained /tmp/pgsidecar.aot /opt/pgsidecar/lib/pgsidecar.aot
# The ids that PostgreSQL has in the Debian-based postgres images. Any others do.
USER 999:999
EXPOSE 8008
# For Docker alone; Kubernetes has its own. The container is as alive as the agent is, whatever PostgreSQL does.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
    CMD wget -q -T 2 -O /dev/null "http://127.0.0.1:${PGSIDECAR_HTTP_PORT:-8008}/healthz" || exit 1
# No ENTRYPOINT: pgsidecar and pgsidecar-wal are both on the PATH.
CMD ["pgsidecar", "run"]
