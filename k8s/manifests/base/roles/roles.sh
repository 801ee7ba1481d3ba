#!/bin/sh
# Run once by the official image, when it has made a new cluster. Replicas get the roles with the data.
set -e
psql -X -q --username "$POSTGRES_USER" --no-password --dbname postgres \
  -v password_file=/etc/pgsidecar-secret/password -f /etc/postgresql-roles/agent-role.sql
psql -X -q --username "$POSTGRES_USER" --no-password --dbname postgres \
  -v password_file=/etc/replication-secret/password -f /etc/postgresql-roles/replication-role.sql
