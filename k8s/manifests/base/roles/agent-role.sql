-- The role that the agent logs in as: all that it needs and nothing else. For PostgreSQL 14 to 18. Run it as a superuser,
-- on the primary, in the database that postgres.database names; again whenever the password has changed:
--
--   psql -X -d postgres -v password_file=/etc/pgsidecar-secret/password -f agent-role.sql
\set ON_ERROR_STOP on
-- The password must not get into the server's log.
SET log_statement = 'none';
SET log_min_duration_statement = -1;
SET log_min_error_statement = 'panic';
-- At the first start there is no replica yet that a commit could wait for.
SET synchronous_commit = 'local';
\set password `cat :'password_file'`
SELECT :'password' = '' AS no_password \gset
\if :no_password
  DO $$ BEGIN RAISE 'the file of -v password_file=… is missing or empty'; END $$;
\endif

BEGIN;
SELECT 'CREATE ROLE pgsidecar' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pgsidecar') \gexec
ALTER ROLE pgsidecar LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'password';

-- State, settings and statistics.
GRANT pg_monitor TO pgsidecar;

-- Base backups (other names before PostgreSQL 15), pgsidecar check and pgsidecar promote.
SELECT format('GRANT EXECUTE ON FUNCTION %s TO pgsidecar', oid::regprocedure)
FROM pg_proc
WHERE pronamespace = 'pg_catalog'::regnamespace
  AND oid::regprocedure::text IN (
    'pg_backup_start(text,boolean)', 'pg_backup_stop(boolean)',
    'pg_start_backup(text,boolean,boolean)', 'pg_stop_backup(boolean,boolean)',
    'pg_switch_wal()', 'pg_promote(boolean,integer)') \gexec

-- Where reserved_connections is set (PostgreSQL 16 and newer), the agent sees a server that is full.
SELECT 'GRANT pg_use_reserved_connections TO pgsidecar'
WHERE EXISTS (SELECT FROM pg_roles WHERE rolname = 'pg_use_reserved_connections') \gexec
COMMIT;
