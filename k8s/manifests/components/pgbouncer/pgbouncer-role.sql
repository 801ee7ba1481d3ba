-- The role that PgBouncer looks up secrets with, and the one function that it may call. Run as a superuser, on the primary,
-- in the database that auth_dbname leads to; again whenever the password has changed.
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
SELECT 'CREATE ROLE pgbouncer' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pgbouncer') \gexec
ALTER ROLE pgbouncer LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'password';

CREATE SCHEMA IF NOT EXISTS pgbouncer;
REVOKE ALL ON SCHEMA pgbouncer FROM PUBLIC;
GRANT USAGE ON SCHEMA pgbouncer TO pgbouncer;

-- Runs as its owner, a superuser, so its search_path is fixed. Superusers, replication and roles without a login or whose
-- password has run out are not shown: they do not come through PgBouncer.
CREATE OR REPLACE FUNCTION pgbouncer.secret_of(asked text, OUT username text, OUT secret text)
RETURNS SETOF record LANGUAGE sql STABLE STRICT SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
  SELECT rolname::text, rolpassword FROM pg_catalog.pg_authid
  WHERE rolname = asked AND rolcanlogin AND NOT rolsuper AND NOT rolreplication AND NOT rolbypassrls
    AND (rolvaliduntil IS NULL OR rolvaliduntil > now())
$$;
REVOKE ALL ON FUNCTION pgbouncer.secret_of(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgbouncer.secret_of(text) TO pgbouncer;
COMMIT;
