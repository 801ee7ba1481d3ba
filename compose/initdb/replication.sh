#!/bin/sh
# Run by the postgres image when it makes the cluster: lets standbys stream, by password. Its own line for "all" does not
# include replication.
set -eu
echo 'host replication all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
