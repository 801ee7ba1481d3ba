-- What another region subscribes to, and the role that it logs in as. Run as a superuser, on the primary, in the database
-- that is published; again whenever the password has changed.
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
SELECT 'CREATE ROLE region_subscriber' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'region_subscriber') \gexec
-- The first copy reads the tables, what follows is decoded from WAL.
ALTER ROLE region_subscriber LOGIN REPLICATION NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'password';
GRANT pg_read_all_data TO region_subscriber;

SELECT 'CREATE PUBLICATION pub_multi_region FOR ALL TABLES'
WHERE NOT EXISTS (SELECT FROM pg_publication WHERE pubname = 'pub_multi_region') \gexec
COMMIT;
