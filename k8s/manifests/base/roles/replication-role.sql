-- The role that replicas stream with. Run and run again like agent-role.sql, with the file of its own password.
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
SELECT 'CREATE ROLE replicator' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'replicator') \gexec
ALTER ROLE replicator LOGIN REPLICATION NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'password';
COMMIT;
